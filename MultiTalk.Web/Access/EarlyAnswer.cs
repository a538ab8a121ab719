namespace MultiTalk.Web.Access;

/// <summary>
/// An answer to a request whose body is not wanted. Many clients look for an answer once they have sent everything, and would find a broken
/// connection instead: so what still comes is read for a while, and thrown away.
/// </summary>
/// <param name="answer">The answer. It is sent at once.</param>
/// <param name="body">What still comes. The endpoint's limit of bytes holds.</param>
internal sealed class EarlyAnswer(IResult answer, Stream body) : IResult
{
    // Kestrel itself gives it 5 s.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await answer.ExecuteAsync(httpContext);
        await httpContext.Response.CompleteAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        enough.CancelAfter(_patience);
        try
        {
            await body.CopyToAsync(Stream.Null, enough.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It is slow, endless or gone.
        }
    }
}
