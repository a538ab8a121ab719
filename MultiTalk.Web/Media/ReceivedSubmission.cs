namespace MultiTalk.Web.Media;

/// <summary>A submission that has arrived: what it says, and the files that came with it.</summary>
/// <param name="Content">What it says.</param>
/// <param name="Incoming">Where its files lie until it is disposed.</param>
internal sealed record ReceivedSubmission(SubmissionContent Content, Incoming Incoming) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Incoming.Dispose();
}
