using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components.Parts;

/// <summary>How a page stays up to date.</summary>
internal static class Following
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>Follows until there is no more to follow or the page is left; while the store is away, what is shown stays.</summary>
    public static async Task RunAsync(Func<CancellationToken, Task> follow, TimeProvider time, CancellationToken leaving)
    {
        while (!leaving.IsCancellationRequested)
        {
            try
            {
                await follow(leaving);
                return;
            }
            catch (Exception exception) when (RedisConnection.IsAway(exception))
            {
                await Task.Delay(_patience, time, leaving).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The person has left the page.
            }
        }
    }
}
