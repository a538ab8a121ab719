namespace MultiTalk.Web.Api;

internal static partial class Problems
{
    public static IResult NoSuchMedia() => Problem(
        StatusCodes.Status404NotFound, "media_not_found", "There is no such upload.", "Look at GET /api/v1/media for those that you have; they are kept for a few days.");
}
