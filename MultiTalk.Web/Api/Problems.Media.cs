namespace MultiTalk.Web.Api;

internal static partial class Problems
{
    public static IResult MediaAway() => Problem(
        StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media store does not answer.",
        "Try again in a few seconds; nothing was kept of an upload, and no accepted job is lost. Operators: GET /api/v1/health says why.");

    public static IResult NoSuchMedia() => Problem(
        StatusCodes.Status404NotFound, "media_not_found", "There is no such upload.", "Look at GET /api/v1/media for those that you have; they are kept for a few days.");
}
