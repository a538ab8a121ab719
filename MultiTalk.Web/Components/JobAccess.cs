using System.Security.Claims;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components;

/// <summary>Which jobs a person sees and may cancel.</summary>
internal static class JobAccess
{
    /// <summary>Whose jobs are listed; null for everybody's.</summary>
    public static string? OwnerListed(this ClaimsPrincipal user) => user.Has(Scopes.ReadAll) ? null : user.Owner();

    /// <summary>Whether a job is shown at all.</summary>
    public static bool MaySee(this ClaimsPrincipal user, Job job) => job.Owner == user.Owner() || user.Has(Scopes.ReadAll);

    /// <summary>Whether a job can be canceled by this person, if it has not ended.</summary>
    public static bool MayCancel(this ClaimsPrincipal user, string owner) =>
        user.Has(Scopes.Operate) || (owner == user.Owner() && user.Has(Scopes.Submit));
}
