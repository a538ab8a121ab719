using System.Globalization;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Generation;

namespace MultiTalk.Tests.Execution;

/// <summary>Every recording of the real script, played as a process in the workspace of an attempt.</summary>
public sealed class RecordedRunsTests
{
    // 76 seconds become 0.15; the order stays.
    private const double Scale = 1d / 500;

    // A run is what was planned: where upstream failed on something that is never planned, the nearest that is. Its bars and
    // frames, and where it ended, are those of the recordings' README.
    private const string Table = """
        recording                 | run           | voices in s | bars | finished | ends in   | outcome
        single-streaming          | streaming 8   | 5.00        | 2    | 2        | verifying | 122 frames
        two-person-streaming      | streaming 8   | 2.78 2.78   | 3    | 3        | verifying | 136 frames
        clip-buffered             | clip 8        | 5.00        | 1    | 1        | verifying | 81 frames
        clip-lora-4-steps         | clip 4 lora   | 5.00        | 1    | 1        | verifying | 81 frames
        clip-int8-4-steps         | clip 4 int8   | 5.00        | 1    | 1        | verifying | 81 frames
        clip-apg-4-steps          | clip 4        | 5.00        | 1    | 1        | verifying | 81 frames
        black-video-bad-bbox      | clip 6        | 5.00        | 1    | 1        | verifying | output_black
        fail-audio-too-short      | streaming 8   | 5.00        | 0    | 0        | loading   | voice_too_short
        fail-frame-num-43         | streaming 8   | 5.00        | 0    | 0        | loading   | frame_num_invalid
        fail-para-unequal         | streaming 8   | 2.78 2.78   | 0    | 0        | loading   | voices_of_unequal_length
        fail-wrong-cwd            | streaming 8   | 5.00        | 0    | 0        | loading   | workspace_incomplete
        fail-no-weights           | streaming 8   | 5.00        | 0    | 0        | loading   | model_folder_missing
        fail-no-weights-absolute  | streaming 8   | 5.00        | 0    | 0        | loading   | model_folder_missing
        fail-missing-shard        | streaming 8   | 5.00        | 0    | 0        | loading   | model_file_missing
        fail-truncated-shard      | streaming 8   | 5.00        | 0    | 0        | loading   | model_file_damaged
        fail-pointer-file         | streaming 8   | 5.00        | 0    | 0        | loading   | model_file_damaged
        fail-no-index             | streaming 8   | 5.00        | 0    | 0        | loading   | model_index_missing
        fail-base-index           | clip 4        | 5.00        | 0    | 0        | loading   | model_index_not_multitalk
        fail-base-index-unmanaged | clip 4        | 5.00        | 0    | 0        | loading   | model_index_not_multitalk
        fail-image-missing        | streaming 8   | 5.00        | 0    | 0        | loading   | picture_unreadable
        fail-no-prompt            | streaming 8   | 5.00        | 0    | 0        | loading   | input_incomplete
        fail-usage                | streaming 8   | 5.00        | 0    | 0        | loading   | bad_argument
        fail-no-gpu               | streaming 8   | 5.00        | 0    | 0        | loading   | gpu_missing
        fail-leftover-cropaudio   | clip 4        | 5.00        | 1    | 1        | saving    | left_over_output
        fail-disk-full            | clip 4        | 5.00        | 1    | 1        | saving    | disk_full
        fail-cuda-oom             | streaming 8   | 5.00        | 0    | 0        | loading   | gpu_out_of_memory
        fail-cuda-oom-sampling    | streaming 8   | 5.00        | 1    | 0        | sampling  | gpu_out_of_memory
        cancelled-sigterm         | streaming 8   | 5.00        | 1    | 0        | sampling  | script_terminated
        cancelled-sigint          | streaming 8   | 5.00        | 1    | 0        | sampling  | script_interrupted
        killed-sigkill            | streaming 8   | 5.00        | 1    | 0        | sampling  | script_killed
        """;

    private static readonly Dictionary<string, string[]> _rows = Table.Split('\n').Skip(1)
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(cells => cells[0]);

    public static TheoryData<string> Recordings => [.. _rows.Keys];

    [Fact]
    public void Every_recording_is_in_the_table() => Assert.Equal(Transcript.Names, _rows.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_recording_is_seen_as_it_is_in_every_framing(string recording)
    {
        var row = _rows[recording];
        var plan = Plan(row[1].Split(' '), row[2].Split(' '));
        var runs = await Task.WhenAll(Enum.GetValues<Framing>().Select(framing => PlayAsync(recording, framing, plan)));
        foreach (var (run, framing) in runs.Zip(Enum.GetValues<Framing>()))
            TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant($"{recording} | {framing} | {Phases(run)} | {run.Progress[^1].Percent:0.0} % | {run.Outcome} | {run.Error?.Title}"));

        var (recorded, bytes) = (runs[0], runs[1]);
        var truth = RecordedTruth.Of(recording, plan.Steps);
        Assert.Equal((Number(row[3]), Number(row[4])), (truth.Steps.Count(step => step.Step == 0), truth.Steps.Count(step => step.Step == plan.Steps)));
        Assert.All(runs, run =>
        {
            Assert.Equal((row[6], recorded.Diagnosis), (run.Outcome, run.Diagnosis));
            // The order of two streams among each other is not ours to know.
            Assert.Equal(truth.Output, run.Lines.Where(truth.Output.Contains));
            Assert.Equal(truth.Errors, run.Lines.Where(truth.Errors.Contains));
            Assert.Equal(truth.Output.Count + truth.Errors.Count, run.Lines.Count);
            Assert.All(run.Progress.Zip(run.Progress.Skip(1)), pair => Assert.True(pair.Second.Percent >= pair.First.Percent && pair.Second.Segment >= pair.First.Segment));
            AssertSteps(truth.Steps, run);
        });
        Assert.Equal(recorded.Error?.Lines.Order(StringComparer.Ordinal), bytes.Error?.Lines.Order(StringComparer.Ordinal));
        var phases = Phases(Number(row[3]), Number(row[4]), row[5]);
        Assert.All([recorded, bytes], run => Assert.Equal(phases, Phases(run)));
        Assert.All([recorded, bytes], run => AssertEnd(row[5], run, loaded: truth.Output.Any(line => line.Contains("INFO: Generation job args", StringComparison.Ordinal))));
    }

    // Every step of every segment in its order, and each is further than the one before.
    private static void AssertSteps(IReadOnlyList<(int Segment, int Step)> truth, PlayedRun run)
    {
        var seen = run.Progress.Where(item => item.Phase is Phase.Sampling or Phase.Decoding).DistinctBy(item => (item.Segment, item.Step)).ToList();
        Assert.Equal(truth, seen.Select(item => (item.Segment, item.Step)));
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.Second.Step == 0 ? pair.Second.Percent >= pair.First.Percent : pair.Second.Percent > pair.First.Percent, $"{pair.First}, {pair.Second}"));
    }

    // Where it ended is what it tells last.
    private static void AssertEnd(string phase, PlayedRun run, bool loaded)
    {
        var (last, sampled) = (run.Progress[^1].Percent, run.Progress.LastOrDefault(item => item.Phase == Phase.Decoding)?.Percent ?? 0);
        var start = ProgressShare.Of(Phase.Loading).From;
        var (from, to) = phase switch
        {
            "loading" => loaded ? (start + 1, 60) : (start, start + 0.9),
            "sampling" => (start + 0.1, ProgressShare.Of(Phase.Saving).To - 0.1),
            "saving" => (sampled + 0.1, ProgressShare.Of(Phase.Saving).To - 0.1),
            _ => (ProgressShare.Of(Phase.Verifying).From, ProgressShare.Of(Phase.Verifying).To),
        };
        Assert.InRange(last, from, to);
    }

    private static async Task<PlayedRun> PlayAsync(string recording, Framing framing, GenerationPlan plan) =>
        await PlayedRun.OfAsync(await PlayedScript.ReplayAsync(recording, framing, Scale), plan);

    private static GenerationPlan Plan(string[] run, string[] voices)
    {
        var options = new GenerationOptions
        {
            Preset = Preset.Colab,
            Mode = run[0],
            Steps = Number(run[1]),
            Quant = run.Contains("int8") ? "int8" : null,
            Loras = run.Contains("lora") ? [new("Synthetic_LoRA.safetensors", 1)] : null,
            TextGuideScale = run.Contains("lora") ? 1 : null,
            Trim = true,
        };
        // Any picture of 16:9.
        return Planning.Plan(Planning.Request(options, [.. voices.Select(seconds => Planning.Voice(double.Parse(seconds, CultureInfo.InvariantCulture)))]) with { Picture = new(1280, 720) });
    }

    private static string Phases(PlayedRun run) => string.Join(", ", run.Progress.Select(item => Name(item.Phase, item.Segment)).Distinct());

    private static string Phases(int bars, int finished, string last)
    {
        var seen = new List<string> { Name(Phase.Preparing), Name(Phase.Loading) };
        for (var segment = 1; segment <= bars; segment++)
        {
            seen.Add(Name(Phase.Sampling, segment));
            if (segment <= finished)
                seen.Add(Name(Phase.Decoding, segment));
        }

        if (last is "saving" or "verifying")
            seen.Add(Name(Phase.Saving));
        if (last is "verifying")
            seen.Add(Name(Phase.Verifying));
        return string.Join(", ", seen);
    }

    private static string Name(Phase phase, int segment = 0) => phase.ToString().ToLowerInvariant() + (phase is Phase.Sampling or Phase.Decoding ? $" {segment}" : "");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
