using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Says what a finished video is.</summary>
internal static class VideoLine
{
    /// <summary>Prints it.</summary>
    public static void Print(string path, VideoFacts video, GenerationPlan plan) => Console.WriteLine(FormattableString.Invariant(
        $"{path}: {video.Frames} frames, {video.DurationSeconds:0.00} s, {video.Width}×{video.Height}, {plan.Steps} steps, engine {plan.Engine}, seed {plan.Seed}"));
}
