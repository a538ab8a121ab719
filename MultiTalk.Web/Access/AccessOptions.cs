using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

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

    /// <summary>How much an owner may do with a key that has no limits of its own.</summary>
    [ValidateObjectMembers]
    public Limits Limits { get; set; } = new() { SubmissionsAMinute = 60, QueuedJobs = 100, UploadBytesADay = 20_000_000_000, GpuMinutesADay = 0 };

    /// <summary>How many wrong keys an address may send before no more are looked at.</summary>
    [Range(1, 100_000)]
    public int WrongKeysAMinute { get; set; } = 60;

    /// <summary>How often is looked whether the session of a page that is open, or the key of an event stream, has ended.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CheckPages { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where people sign in; unless it has an authority, by a link only.</summary>
    [ValidateObjectMembers]
    public OidcOptions Oidc { get; set; } = new();

    // An unset variable of a compose file arrives as an empty one.
    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
