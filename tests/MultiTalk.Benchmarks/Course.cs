namespace MultiTalk.Benchmarks;

/// <summary>A step of the wrapper around a script.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Outside">How much of that neither ffmpeg nor ffprobe ran.</param>
/// <param name="Calls">How often they were called.</param>
internal sealed record CourseStep(string Name, double Seconds, double Outside, int Calls);

/// <summary>How one job went.</summary>
/// <param name="Script">Seconds from starting the script until it was over.</param>
/// <param name="Steps">Everything else, in order and without a gap.</param>
internal sealed record Course(double Script, IReadOnlyList<CourseStep> Steps)
{
    // How the finished video is called while it is written, and then measured.
    private const string Part = "video.mp4.part";

    /// <summary>Puts together what the client, Redis, the traces and the media programs say. All of them go by the same clock.</summary>
    /// <param name="sent">When the client began to send.</param>
    /// <param name="queued">When Redis had the job.</param>
    /// <param name="claimed">When the runner had it.</param>
    /// <param name="published">When the video was published.</param>
    /// <param name="spans">The attempt's.</param>
    /// <param name="calls">Of ffmpeg and ffprobe, also before and after.</param>
    public static Course Of(DateTime sent, DateTime queued, DateTime claimed, DateTime published, Spans spans, IReadOnlyList<MediaCall> calls)
    {
        var (script, verify, upload) = (spans["script"], spans["verify"], spans["upload"]);
        var remux = calls.First(call => call.Start >= verify.Start && call.End <= verify.End && call.Last.EndsWith(Part, StringComparison.Ordinal));
        var measured = calls.First(call => call.Start >= remux.End);
        return new(script.Seconds,
        [
            Step("upload and normalise", sent, queued),
            Step("hand-off to the runner", queued, claimed),
            Step("workspace and inputs", claimed, script.Start),
            Step("verify what the script made", script.End, remux.Start),
            Step("sound and marks", remux.Start, measured.Start),
            Step("measure the video", measured.Start, verify.End),
            Step("upload of the video", verify.End, upload.End),
            Step("publish", upload.End, published),
        ]);

        CourseStep Step(string name, DateTime from, DateTime to)
        {
            var within = calls.Where(call => call.Start >= from && call.Start < to).ToList();
            var seconds = (to - from).TotalSeconds;
            return new(name, seconds, seconds - MediaPrograms.Seconds(within, from, to), within.Count);
        }
    }
}
