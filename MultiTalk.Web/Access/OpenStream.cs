using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>Ends event streams whose key or session has ended: they make no request of which it could be refused.</summary>
internal sealed class OpenStream(AccessStore store, IOptions<AccessOptions> options, TimeProvider time)
{
    /// <summary>Canceled when a stream has to end: its client is gone, this Web stops, or its key or session may read no longer.</summary>
    /// <param name="context">The request for the stream.</param>
    /// <param name="stopping">This Web stops.</param>
    /// <param name="cancellationToken">Nobody reads any more.</param>
    public CancellationTokenSource Begin(HttpContext context, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        _ = EndAsync(context, ending, ending.Token);
        return ending;
    }

    private async Task EndAsync(HttpContext context, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        try
        {
            do
                await Task.Delay(options.Value.CheckPages, time, cancellationToken);
            while (await StandsAsync(context));
            await ending.CancelAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The stream has ended.
        }
    }

    private async Task<bool> StandsAsync(HttpContext context)
    {
        try
        {
            return BearerHandler.Token(context.Request) is { } token
                ? await store.FindKeyAsync(token) is { } grant && Scopes.All.Where(context.User.Has).All(grant.Scopes.Contains)
                : await Session.IsOpenAsync(context.User, store, time);
        }
        // Nobody is sent away because the store is.
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return true;
        }
    }
}
