using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>
/// Who looks at a page that is open. It makes no requests of which a cookie could be refused, so its session is looked at now and
/// then; once it has ended, the page shows nothing more and leads out.
/// </summary>
internal sealed class OpenPage(ILoggerFactory logger, AccessStore store, IOptions<AccessOptions> options, TimeProvider time) : RevalidatingServerAuthenticationStateProvider(logger)
{
    protected override TimeSpan RevalidationInterval => options.Value.CheckPages;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return await Session.IsOpenAsync(authenticationState.User, store, time);
        }
        // Nobody is signed out because the store is away; without it a page does nothing anyway.
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return true;
        }
    }
}
