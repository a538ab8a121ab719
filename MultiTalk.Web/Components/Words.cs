using System.Globalization;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components;

/// <summary>What the pages say about jobs.</summary>
internal static class Words
{
    /// <summary>A state, as on a chip.</summary>
    public static string Of(JobState state) => state switch
    {
        JobState.Queued => "Queued",
        JobState.Running => "Running",
        JobState.Succeeded => "Done",
        JobState.Failed => "Failed",
        _ => "Canceled",
    };

    /// <summary>What a job that has not ended is doing.</summary>
    public static string Doing(JobDocument job) => job switch
    {
        { State: JobState.Queued, WaitingFor: { } missing } => $"Waiting for {missing}",
        { State: JobState.Queued } => "Waiting for its turn",
        { Phase: Phase.Loading } => "Loading the model",
        { Phase: Phase.Sampling } => $"Drawing segment {job.Segment} of {job.Segments}",
        { Phase: Phase.Decoding } => $"Finishing segment {job.Segment} of {job.Segments}",
        { Phase: Phase.Saving } => "Putting picture and sound together",
        { Phase: Phase.Verifying } => "Checking the video",
        { Phase: Phase.Uploading } => "Storing the video",
        _ => "Getting ready",
    };

    /// <summary>A percentage.</summary>
    public static string Percent(double percent) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(percent):0} %");

    /// <summary>How long it still takes; as exact as an estimate can be.</summary>
    public static string Left(double seconds) => TimeSpan.FromSeconds(seconds) switch
    {
        { TotalSeconds: < 5 } => "a few seconds left",
        { TotalSeconds: < 55 } left => $"about {Math.Ceiling(left.TotalSeconds / 5) * 5:0} s left",
        { TotalMinutes: < 59.5 } left => $"about {Math.Round(left.TotalMinutes):0} min left",
        var left => $"about {(int)Math.Round(left.TotalMinutes) / 60} h {(int)Math.Round(left.TotalMinutes) % 60} min left",
    };

    /// <summary>How long ago, the same in every time zone.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now) => (now - then) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalMinutes: < 60 } ago => $"{(int)ago.TotalMinutes} min ago",
        { TotalHours: < 24 } ago => $"{(int)ago.TotalHours} h ago",
        { TotalDays: < 2 } => "yesterday",
        { TotalDays: < 30 } ago => $"{(int)ago.TotalDays} days ago",
        _ => then.ToString("d MMM yyyy", CultureInfo.InvariantCulture),
    };

    /// <summary>A size of a file.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} bytes",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024d:0} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576d:0.0} MB"),
    };

    /// <summary>A number with its unit, such as <c>9.88 s</c>.</summary>
    public static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.##} s");
}
