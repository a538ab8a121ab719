using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Access;

/// <summary>An OpenID provider with which people sign in, section <c>Access:Oidc</c>.</summary>
public sealed class OidcOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = AccessOptions.Section + ":Oidc";

    /// <summary>The provider: its address without <c>/.well-known/openid-configuration</c>. Empty for none.</summary>
    public string? Authority { get; set; }

    /// <summary>What the provider calls this application.</summary>
    public string? ClientId { get; set; }

    /// <summary>The secret that goes with it; a public client has none and is kept safe by PKCE alone.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>What is asked for, separated by spaces.</summary>
    public string Scopes { get; set; } = "openid profile email";

    /// <summary>The claim that becomes the owner: <c>email</c>, if it is verified, or <c>sub</c>.</summary>
    [AllowedValues("email", "sub")]
    public string OwnerClaim { get; set; } = "email";

    /// <summary>A claim that makes an administrator, such as <c>groups</c>; empty for none.</summary>
    public string? AdminClaim { get; set; }

    /// <summary>What that claim has to hold.</summary>
    public string? AdminValue { get; set; }

    /// <summary>What everybody else may do, separated by spaces.</summary>
    public string DefaultScopes { get; set; } = "submit read";

    /// <summary>Whether there is a provider.</summary>
    internal bool IsSet => !string.IsNullOrEmpty(Authority);

    /// <summary>What everybody may do who is no administrator.</summary>
    internal IReadOnlyList<string> Granted => DefaultScopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsSet)
            yield break;
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var authority) || (authority.Scheme != Uri.UriSchemeHttps && !authority.IsLoopback))
            yield return new(Section + ":Authority is no https address. Set it to the one that the provider calls issuer.");
        if (string.IsNullOrEmpty(ClientId))
            yield return new(Section + ":ClientId is missing. Set it to what the provider calls this application.");
        if (Granted.Except(Access.Scopes.All).Any())
            yield return new($"{Section}:DefaultScopes holds an unknown scope. There are: {string.Join(' ', Access.Scopes.All)}.");
        if (string.IsNullOrEmpty(AdminClaim) != string.IsNullOrEmpty(AdminValue))
            yield return new(Section + ":AdminClaim and AdminValue belong together. Set both or none.");
    }
}
