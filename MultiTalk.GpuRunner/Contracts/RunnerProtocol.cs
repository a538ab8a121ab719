using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>
/// What a runner and the Web say to each other. The runner speaks first, always: it opens outbound HTTP connections
/// and authenticates with one bearer token. Everything about an attempt is below <see cref="Attempt"/>, so that the
/// attempt's number and its runner fence every write: a stale one is answered with 409 and the runner kills its child.
/// </summary>
public static class RunnerProtocol
{
    /// <summary>POST <see cref="RegisterRequest"/> → 204. Frees what the runner held before it restarted.</summary>
    public const string Register = "/runner/v1/register";

    /// <summary>
    /// POST <see cref="ClaimRequest"/> → 200 <see cref="Claim"/>, or 204 when nothing came in time (long poll). Frees what the
    /// runner holds and does not work on: a claim whose answer was lost on its way.
    /// </summary>
    public const string ClaimNext = "/runner/v1/claim";

    /// <summary>POST <see cref="LeaveRequest"/> → 204: the runner stops. Frees what it still holds; no failure is counted.</summary>
    public const string Leave = "/runner/v1/leave";

    /// <summary>
    /// The place of one attempt of one runner: a host that crashed may have lost its last second, and with it a claim, so that
    /// another runner is given the same number. Below it: POST <c>heartbeat</c> (<see cref="Heartbeat"/> → <see cref="HeartbeatAnswer"/>),
    /// GET <c>inputs/{name}</c> (ranges), PUT <c>output</c> (the whole file with <c>Content-Length</c> and
    /// <c>Repr-Digest</c>, RFC 9530; may be repeated), POST <c>complete</c> (<see cref="VideoFacts"/>),
    /// POST <c>fail</c> (<see cref="JobError"/>), POST <c>release</c> (a drain: no failure is counted).
    /// </summary>
    public static string Attempt(string runnerId, string jobId, int attempt) => $"/runner/v1/runners/{runnerId}/jobs/{jobId}/attempts/{attempt}";
}

/// <summary>A runner introduces itself.</summary>
/// <param name="RunnerId">Its identity, kept over restarts: 32 lower-case hexadecimal digits.</param>
/// <param name="Name">Shown to people; the host's name unless set.</param>
/// <param name="Engine">What it runs.</param>
/// <param name="Version">Of the runner's program.</param>
/// <param name="Report">What its doctor found: its abilities decide what it is offered.</param>
public sealed record RegisterRequest(string RunnerId, string Name, string Engine, string Version, DoctorReport Report);

/// <summary>A runner asks for work.</summary>
/// <param name="RunnerId">As registered; a runner that is not known is answered with 404 and registers again.</param>
/// <param name="Measurements">How fast its own runs were so far.</param>
/// <param name="Working">The attempts on which it works while it asks. What else it holds goes back to the queue.</param>
public sealed record ClaimRequest(string RunnerId, IReadOnlyList<Measurement> Measurements, IReadOnlyList<HeldAttempt> Working);

/// <summary>An attempt on which a runner works.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Attempt">Its number.</param>
public sealed record HeldAttempt(string JobId, int Attempt);

/// <summary>A runner stops, and asks for no more work until it registers again.</summary>
/// <param name="RunnerId">As registered.</param>
public sealed record LeaveRequest(string RunnerId);

/// <summary>One attempt at a job, handed to a runner.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Attempt">The fence: rises with every claim of this job.</param>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Plan">What to run.</param>
/// <param name="Inputs">The files to fetch: the picture first, then the voices in the speakers' order.</param>
/// <param name="TraceParent">W3C trace context of the submission, so that one trace runs through; null without one.</param>
public sealed record Claim(
    string JobId, int Attempt, string Prompt, GenerationPlan Plan, IReadOnlyList<InputFile> Inputs, string? TraceParent = null);

/// <summary>A normalised input of a job: a PNG or a 16-bit WAV under a simple name.</summary>
/// <param name="Name">A simple file name, such as <c>image.png</c> or <c>voice1.wav</c>.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Of the file, lower-case hexadecimal.</param>
public sealed record InputFile(string Name, long Bytes, string Sha256);

/// <summary>A runner reports and renews its lease.</summary>
/// <param name="Progress">How far it is.</param>
/// <param name="Lines">The script's output since the last heartbeat.</param>
public sealed record Heartbeat(GenerationProgress Progress, IReadOnlyList<string> Lines)
{
    /// <summary>Most characters of a line: the runner cuts longer ones, and the Web cuts them again.</summary>
    public const int MaxLine = 2_000;
}

/// <summary>What the Web wants of a runner that sent a heartbeat. A canceled job is answered with 409 instead.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunnerCommand>))]
public enum RunnerCommand
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Put the job back now. The next claims come empty for as long as the Web wants it.</summary>
    Drain,
}

/// <summary>The Web's answer to a heartbeat.</summary>
/// <param name="Command">What to do.</param>
public sealed record HeartbeatAnswer(RunnerCommand Command);
