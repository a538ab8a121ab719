namespace MultiTalk.Web.Api;

internal static partial class Problems
{
    public static IResult NoThumbnail() => Problem(
        StatusCodes.Status404NotFound, "thumbnail_not_found", "The job has no picture.", "Its files are not kept any more, or cannot be read; look at the video instead.");

    public static IResult NotCancelable() => Problem(
        StatusCodes.Status400BadRequest, "state_not_cancelable", "A job that has ended cannot be canceled.", "Send the state \"queued\" or \"running\", or none for both.");

    public static IResult WhoseUnclear() => Problem(
        StatusCodes.Status400BadRequest, "owner_unclear", "Both an owner and all of them are named.", "Send either \"owner\" or \"all\": true; nothing was canceled.");

    public static IResult TimeUnknown() => Problem(
        StatusCodes.Status400BadRequest, "time_unknown", "This is no time.", "Send \"since\" and \"until\" as 2026-01-31T13:00:00Z.");

    public static IResult WindowUnknown() => Problem(
        StatusCodes.Status400BadRequest, "window_unknown", "There are no statistics of such a time.", "Send one of: 1h, 24h, 7d.");

    public static IResult RetentionInvalid(int most) => Problem(
        StatusCodes.Status400BadRequest, "retention_invalid", "Jobs cannot be kept so long.", $"Send whole days from 1 to {most}, or null for what is configured.");
}
