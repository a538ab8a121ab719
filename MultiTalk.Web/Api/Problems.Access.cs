using MultiTalk.Web.Access;

namespace MultiTalk.Web.Api;

internal static partial class Problems
{
    public static IResult TooManyWrongKeys() => Problem(
        StatusCodes.Status429TooManyRequests, "too_many_wrong_keys", "Too many wrong keys came from this address.", "Wait as Retry-After says, then send a key that is right.");

    public static IResult TooManySubmissions(int most) => Problem(
        StatusCodes.Status429TooManyRequests, "too_many_submissions", "There were too many submissions in a minute.", $"Wait as Retry-After says. At most {most} a minute are taken.");

    public static IResult TooManyQueued() => Problem(
        StatusCodes.Status429TooManyRequests, "too_many_queued", "Too many of your jobs wait already.", "Wait until some have run, or cancel some. GET /api/v1/me says how many of an engine may wait.");

    public static IResult GpuMinutesUsedUp(int most) => Problem(
        StatusCodes.Status429TooManyRequests, "gpu_minutes_used_up", "Your minutes of graphics cards are used up for today.", $"Submit again tomorrow (UTC), or ask an administrator for more than {most} a day. What is queued still runs.");

    public static IResult UploadBytesUsedUp(long most) => Problem(
        StatusCodes.Status429TooManyRequests, "upload_bytes_used_up", "This upload is more than you may still send today.", $"Send it tomorrow (UTC), or ask an administrator for more than {most} bytes a day.");

    public static IResult NoSuchKey() => Problem(
        StatusCodes.Status404NotFound, "key_not_found", "There is no such key.", "Look at GET /api/v1/keys for those that you can see.");

    public static IResult NoSuchRunnerToken() => Problem(
        StatusCodes.Status404NotFound, "runner_token_not_found", "There is no such runner token.", "Look at GET /api/v1/runner-tokens.");

    public static IResult NameInvalid() => Problem(
        StatusCodes.Status400BadRequest, "name_invalid", "The name cannot be one.", $"Send 1 to {AccessRules.MaxName} characters, without control characters and without blanks around them.");

    public static IResult OwnerInvalid() => Problem(
        StatusCodes.Status400BadRequest, "owner_invalid", "The owner cannot be one.", $"Send 1 to {AccessRules.MaxOwner} characters, without control characters and without blanks around them.");

    public static IResult ScopesInvalid() => Problem(
        StatusCodes.Status400BadRequest, "scopes_invalid", "The scopes are missing, or one is unknown.", $"Send some of: {string.Join(", ", Scopes.All)}.");

    public static IResult ScopesWider() => Problem(
        StatusCodes.Status400BadRequest, "scopes_wider", "A key can lose scopes, and win none.", "Make a new key with the scopes that it needs.");

    public static IResult ScopesBeyondYours() => Problem(
        StatusCodes.Status403Forbidden, "scopes_beyond_yours", "The key would be allowed what yours is not.", "Ask for scopes that your own key or session has.");

    public static IResult LimitsInvalid() => Problem(
        StatusCodes.Status400BadRequest, "limits_invalid", "A limit is negative or far too large.", "Send whole numbers from 0 (no limit), or leave a limit out.");

    public static IResult LimitsBeyondYours() => Problem(
        StatusCodes.Status403Forbidden, "limits_beyond_yours", "The key would be allowed more than yours.", "Ask for limits that are at most your own (GET /api/v1/me), or use a key with the scope \"administer\".");

    public static IResult ExpiryInvalid() => Problem(
        StatusCodes.Status400BadRequest, "expiry_invalid", "The key would have expired already, or live longer than yours.", "Send an expiresAt in the future, not after that of your own key.");

    public static IResult KeyBeyondYours() => Problem(
        StatusCodes.Status403Forbidden, "key_beyond_yours", "This key may do more than yours.", "Use a key with all of its scopes, or with the scope \"administer\".");

    public static IResult KeyConfigured() => Problem(
        StatusCodes.Status409Conflict, "key_configured", "This key is set in the configuration of the server.", "Change Access:ApiKey there.");

    public static IResult TooManyKeys(int most) => Problem(
        StatusCodes.Status409Conflict, "too_many_keys", "There are too many already.", $"Delete some that are not used. There may be {most}.");

    public static IResult RunnerNotYours() => Problem(
        StatusCodes.Status403Forbidden, "runner_not_yours", "This token is not the one of this runner.", "Give each runner a token of its own, and keep it for that runner.");
}
