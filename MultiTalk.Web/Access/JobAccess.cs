using System.Security.Claims;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>Which jobs somebody sees and may change: a person in the studio or a program with a key.</summary>
internal static class JobAccess
{
    /// <summary>Whose jobs are listed; null for everybody's.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="wanted">Whose are asked for; null for all that may be seen.</param>
    public static string? OwnerListed(this ClaimsPrincipal user, string? wanted = null) => user.Has(Scopes.ReadAll) ? wanted : user.Owner();

    /// <summary>Whether a job is shown at all.</summary>
    public static bool MaySee(this ClaimsPrincipal user, Job job) => user.MaySee(job.Owner, job.Shared);

    /// <summary>Whether a job is shown at all.</summary>
    public static bool MaySee(this ClaimsPrincipal user, string owner, bool shared) => (shared && user.Has(Scopes.Read)) || user.MaySeeUnshared(owner);

    /// <summary>Whether a job of an owner is shown, shared or not, and may be repeated with its files.</summary>
    public static bool MaySeeUnshared(this ClaimsPrincipal user, string owner) => (owner == user.Owner() && user.Has(Scopes.Read)) || user.Has(Scopes.ReadAll);

    /// <summary>Whether a job can be canceled or moved by this user, if it has not ended.</summary>
    public static bool MayChange(this ClaimsPrincipal user, string owner) =>
        user.Has(Scopes.Operate) || (owner == user.Owner() && user.Has(Scopes.Submit));

    /// <summary>Whether a job can be shown to everybody by this user. Operators move what they need not see; they do not give it away.</summary>
    public static bool MayShare(this ClaimsPrincipal user, string owner) => user.MayChange(owner) && (owner == user.Owner() || user.Has(Scopes.ReadAll));
}
