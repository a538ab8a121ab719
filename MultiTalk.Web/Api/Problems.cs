using System.Text.Json;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Api;

/// <summary>Errors as RFC 9457 problem details with a stable <c>code</c>, a reason and a remedy.</summary>
internal static partial class Problems
{
    public static IResult Invalid(InvalidRequestException exception) =>
        Refused(StatusCodes.Status400BadRequest, "The request cannot be run as it stands.", exception.Problems);

    public static IResult TooLarge(string field, long maxBytes) => Refused(
        StatusCodes.Status413PayloadTooLarge, "The upload is too large.",
        [new("upload_too_large", field, "It is too large.", maxBytes >> 20 is > 0 and var megabytes ? $"Send at most {megabytes} MB." : $"Send at most {maxBytes >> 10} KB.")]);

    public static IResult StorageFull() => Problem(
        StatusCodes.Status507InsufficientStorage, "storage_full", "The media store is full.", "Free some space, or try again later; nothing was kept of the upload.");

    public static IResult ProgramMissing(string message) => Problem(
        StatusCodes.Status503ServiceUnavailable, "program_missing", "A program is missing on the server.", message);

    public static IResult Bad(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problem(exception.StatusCode, "upload_too_large", "The request is too large.", "Send a smaller picture or shorter voices."),
        StatusCodes.Status408RequestTimeout => UploadTooSlow(),
        StatusCodes.Status415UnsupportedMediaType => TypeUnsupported(),
        // The framework's own words name types and parameters of this program.
        _ => Problem(exception.StatusCode, "bad_request", "The request cannot be understood.", exception.InnerException is JsonException { Path: { } path }
            ? $"The body cannot be read at {path}: what is there is not known, comes twice, or is of another kind. Look at /docs for what this address takes."
            : "Look at /docs for what this address takes in its path, query, headers and body."),
    };

    public static IResult UploadTooSlow() => Problem(
        StatusCodes.Status408RequestTimeout, "upload_too_slow", "The request arrived too slowly.", "Try again over a faster connection.");

    public static IResult MessageTooLarge() => Problem(
        StatusCodes.Status413PayloadTooLarge, "message_too_large", "The request is too large.", "Send fewer words; it is no upload.");

    public static IResult NoSuchJob() => Problem(
        StatusCodes.Status404NotFound, "job_not_found", "There is no such job.", "Look at GET /api/v1/jobs for the jobs that you can see.");

    public static IResult NoSuchRunner() => Problem(
        StatusCodes.Status404NotFound, "runner_not_found", "There is no such runner.", "Look at GET /api/v1/runners for those that ever registered.");

    public static IResult RegistrationUnsound() => Problem(
        StatusCodes.Status400BadRequest, "registration_unsound", "The registration holds nulls, numbers that cannot be, or far too much.", "See that runner and Web are of the same version.");

    public static IResult NoVideo() => Problem(
        StatusCodes.Status404NotFound, "video_not_found", "The job has no video.", "A video exists once the job's state is \"succeeded\".");

    public static IResult NoSuchInput() => Problem(
        StatusCodes.Status404NotFound, "job_input_not_found", "The job has no such input.", "Fetch the inputs that the claim names.");

    public static IResult NotQueued() => Problem(
        StatusCodes.Status409Conflict, "job_not_queued", "The job is not in the queue.", "Only a job that waits can be moved.");

    public static IResult NotEnded() => Problem(
        StatusCodes.Status409Conflict, "job_not_ended", "The job has not ended.", "Wait for its end, or cancel it first.");

    public static IResult InputsGone() => Problem(
        StatusCodes.Status410Gone, "inputs_gone", "The job's inputs are not kept any more.", "Submit it anew with its files.");

    public static IResult KeyReused() => Problem(
        StatusCodes.Status409Conflict, "idempotency_key_reused", "This Idempotency-Key was sent with another request before.", "Send a new key with a new request, and the same request with the same key.");

    public static IResult KeyInvalid() => Problem(
        StatusCodes.Status400BadRequest, "idempotency_key_invalid", "The Idempotency-Key is empty, too long, or holds control characters.", "Send 1 to 255 characters, a UUID for instance.");

    public static IResult JobGone() => Problem(
        StatusCodes.Status410Gone, "job_gone", "This Idempotency-Key made a job that is not kept any more.", "Send a new key to run it again.");

    public static IResult PriorityInvalid() => Problem(
        StatusCodes.Status400BadRequest, "priority_invalid", "The priority is not one.", "Send a whole number from -10 to 10.");

    public static IResult PriorityReserved() => Problem(
        StatusCodes.Status403Forbidden, "priority_reserved", "This would put the job before those of others.", "Send a priority of at most 0, or use a key with the scope \"operate\".");

    public static IResult ReasonTooLong(int most) => Problem(
        StatusCodes.Status400BadRequest, "reason_too_long", "The reason is too long.", $"Send at most {most} characters.");

    public static IResult StateUnknown() => Problem(
        StatusCodes.Status400BadRequest, "state_unknown", "There is no such state.", $"Send one of: {string.Join(", ", Enum.GetValues<Jobs.JobState>().Select(Jobs.JobHash.Name))}.");

    public static IResult AlreadyEnded() => Problem(
        StatusCodes.Status409Conflict, "job_ended", "The job has already ended.", "Nothing needs to be done; submit a new job to run it again.");

    public static IResult Fenced() => Problem(
        StatusCodes.Status409Conflict, "attempt_fenced", "This attempt does not hold the job any more.", "Stop working on it and claim another job.");

    public static IResult UnknownRunner() => Problem(
        StatusCodes.Status404NotFound, "runner_not_registered", "The runner is not registered.", "Register it, then claim.");

    public static IResult DigestMismatch() => Problem(
        StatusCodes.Status400BadRequest, "digest_mismatch", "The bytes that arrived have another SHA-256 than announced.", "Send the whole file again, with its Repr-Digest.");

    public static IResult DigestMissing() => Problem(
        StatusCodes.Status400BadRequest, "digest_missing", "The Repr-Digest header is missing or names no SHA-256.", "Send Repr-Digest: sha-256=:<base64>: with the file.");

    public static IResult Unauthorized() => Problem(
        StatusCodes.Status401Unauthorized, "not_signed_in", "This needs an API key or a session.", "Send \"Authorization: Bearer <key>\", or open a sign-in link.");

    public static IResult Forbidden() => Problem(
        StatusCodes.Status403Forbidden, "not_allowed", "This key or session may not do that.", "Use one with the scope that it needs.");

    public static IResult Forged() => Problem(
        StatusCodes.Status400BadRequest, "antiforgery", "The request did not come from a page of this site.", "Reload the page and try again; programs use an API key.");

    public static IResult StoreAway() => Problem(
        StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The job store does not answer.", "Try again in a few seconds; nothing that was accepted is lost.");

    public static IResult StoreFull() => Problem(
        StatusCodes.Status507InsufficientStorage, "store_full", "The job store is full.",
        "Try again later; nothing was kept. Operators: raise maxmemory of Redis, make room on its disk, or shorten Jobs:Retention. Jobs that were accepted are not lost.");

    private static IResult Refused(int status, string title, IReadOnlyList<RequestProblem> errors) => Results.Problem(
        title: title,
        type: TypeOf(errors[0].Code),
        detail: new InvalidRequestException(errors).Message,
        statusCode: status,
        extensions: new Dictionary<string, object?> { ["code"] = errors[0].Code, ["errors"] = errors });

    private static IResult Problem(int status, string code, string title, string remedy) => Results.Problem(
        title: title, type: TypeOf(code), detail: remedy, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });
}
