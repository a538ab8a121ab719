using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Media;

/// <summary>The files of jobs in the media store: what they are called, and which belong together.</summary>
public sealed class JobFiles(IMediaStore store, IOptions<MediaOptions> options)
{
    /// <summary>What the names of all jobs' files begin with.</summary>
    public const string Root = "jobs/";

    private const string OutputPrefix = "output-";

    private static readonly TimeSpan _tryFor = TimeSpan.FromSeconds(5);

    /// <summary>What an input of a job is called in the store.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="name">A name that this program gave, such as <c>image.png</c>.</param>
    public static string Input(string job, string name) => Of(job) + name;

    /// <summary>What the small picture of a job is called in the store.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="ofVideo">Whether it shows the video; otherwise, the input.</param>
    public static string Thumbnail(string job, bool ofVideo) => Of(job) + (ofVideo ? "thumbnail.jpg" : "thumbnail-input.jpg");

    /// <summary>Takes finished inputs into the store.</summary>
    /// <exception cref="GpuRunner.Media.DiskFullException">There is no room for them; those before are there.</exception>
    public async Task TakeInputsAsync(string job, Incoming incoming, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
            await store.TakeAsync(Input(job, name), incoming.File(name), cancellationToken);
    }

    /// <summary>Copies the inputs of a job to another one.</summary>
    /// <exception cref="FileNotFoundException">They are not there any more.</exception>
    public async Task CopyInputsAsync(string from, string to, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            if (!await store.CopyAsync(Input(from, name), Input(to, name), cancellationToken))
                throw new FileNotFoundException($"The job {from} has no \"{name}\" any more.");
        }
    }

    /// <summary>Opens an input; null if there is none.</summary>
    public Task<Stream?> OpenInputAsync(string job, string name, CancellationToken cancellationToken) => store.OpenAsync(Input(job, name), cancellationToken);

    /// <summary>Stores an attempt's output, whole or not at all.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="sha256">What their hash has to be.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <exception cref="DigestMismatchException">The bytes have another hash.</exception>
    /// <exception cref="UploadTooLargeException">There are too many.</exception>
    public Task SaveOutputAsync(string job, int attempt, Stream content, string sha256, CancellationToken cancellationToken) =>
        store.SaveAsync(Output(job, attempt, sha256), content, new(options.Value.MaxOutputBytes, "output", sha256), cancellationToken);

    /// <summary>An attempt's output; null if there is none.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="sha256">The hash of the output, as a runner said it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<MediaFile?> FindOutputAsync(string job, int attempt, string sha256, CancellationToken cancellationToken) =>
        IsHash(sha256) ? await store.FindAsync(Output(job, attempt, sha256), cancellationToken) : null;

    /// <summary>Removes an attempt's output.</summary>
    public Task DeleteOutputAsync(string job, int attempt, string sha256) =>
        IsHash(sha256) ? store.DeleteAsync(Output(job, attempt, sha256), CancellationToken.None) : Task.CompletedTask;

    /// <summary>Removes the outputs of a job's attempts but for the published one, as far as the store lets them go; the rest goes with the job.</summary>
    public Task DeleteOutputsAsync(string job, MediaFile published) => TryAsync(async cancellationToken =>
    {
        await foreach (var output in store.ListAsync(Of(job) + OutputPrefix, cancellationToken))
        {
            if (output.Name != published.Name)
                await store.DeleteAsync(output.Name, cancellationToken);
        }
    });

    /// <summary>Removes everything of a job that will never be, as far as the store lets it go; <see cref="OrphanFiles"/> finds the rest.</summary>
    public Task DiscardAsync(string job) => TryAsync(cancellationToken => DeleteAsync(job, cancellationToken));

    /// <summary>Removes everything of a job.</summary>
    /// <exception cref="MediaUnavailableException">The store does not answer; some of it may be left.</exception>
    public Task DeleteAsync(string job) => DeleteAsync(job, CancellationToken.None);

    /// <summary>Removes what nobody waits for, within a few seconds or not at all.</summary>
    internal static async Task TryAsync(Func<CancellationToken, Task> remove)
    {
        using var limit = new CancellationTokenSource(_tryFor);
        try
        {
            await remove(limit.Token);
        }
        catch (Exception exception) when (exception is MediaUnavailableException or OperationCanceledException)
        {
            // Why it was to be removed matters more, and is told.
        }
    }

    private async Task DeleteAsync(string job, CancellationToken cancellationToken)
    {
        await foreach (var file in store.ListAsync(Of(job), cancellationToken))
            await store.DeleteAsync(file.Name, cancellationToken);
    }

    private static string Of(string job) => $"{Root}{job}/";

    // The hash in the name makes a repeated upload harmless and a mixed-up one visible.
    private static string Output(string job, int attempt, string sha256) => $"{Of(job)}{OutputPrefix}{attempt}-{sha256}.mp4";

    private static bool IsHash(string sha256) => sha256.Length == 2 * SHA256.HashSizeInBytes && sha256.All(char.IsAsciiHexDigitLower);
}
