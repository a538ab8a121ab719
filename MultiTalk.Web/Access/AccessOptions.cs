using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Access;

/// <summary>The settings of access, section <c>Access</c>.</summary>
public sealed class AccessOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Access";

    /// <summary>An administrator's API key to be accepted beside those that were made; stored hashed.</summary>
    [MinLength(32, ErrorMessage = "Access:ApiKey is shorter than 32 characters and could be guessed. Make one with: openssl rand -hex 32")]
    public string? ApiKey { get; set => field = NullIfEmpty(value); }

    /// <summary>The token of the runners; stored hashed.</summary>
    [MinLength(32, ErrorMessage = "Access:RunnerToken is shorter than 32 characters and could be guessed. Make one with: openssl rand -hex 32")]
    public string? RunnerToken { get; set => field = NullIfEmpty(value); }

    /// <summary>How long a sign-in link works.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SignInLink { get; set; } = TimeSpan.FromDays(1);

    // An unset variable of a compose file arrives as an empty one.
    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
