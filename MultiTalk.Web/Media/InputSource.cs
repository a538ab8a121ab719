using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Api;

namespace MultiTalk.Web.Media;

/// <summary>Where a picture or a voice of a submission comes from.</summary>
internal abstract record InputSource
{
    private InputSource()
    {
    }

    /// <summary>What makes a repeated submission the same.</summary>
    public abstract string Identity { get; }

    /// <summary>It arrived with the submission.</summary>
    /// <param name="Sha256">The hash of what arrived.</param>
    public sealed record Upload(string Sha256) : InputSource
    {
        /// <inheritdoc/>
        public override string Identity => Sha256;
    }

    /// <summary>It was uploaded before.</summary>
    /// <param name="Id">The id of the upload. What it names never changes.</param>
    public sealed record Stored(string Id) : InputSource
    {
        /// <inheritdoc/>
        public override string Identity => "media " + Id;
    }

    /// <summary>It is fetched.</summary>
    /// <param name="Address">From where; not checked yet.</param>
    public sealed record Remote(string Address) : InputSource
    {
        /// <inheritdoc/>
        public override string Identity => "url " + Address;
    }

    /// <summary>Reads a media id or an address.</summary>
    /// <exception cref="InvalidRequestException"><c>input_invalid</c>: it is neither.</exception>
    public static InputSource Parse(string field, string text)
    {
        if (JobIdConstraint.Matches(text))
            return new Stored(text);
        return text.Contains("://", StringComparison.Ordinal)
            ? new Remote(text)
            : throw new InvalidRequestException(
                "input_invalid", field, "This is neither the id of an upload nor an address.", "Send the id that POST /api/v1/media answered, or an https address; in a form, a file has a file name.");
    }
}
