using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Colab;
using MultiTalk.Tests.Generation;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Diagnosis;

public sealed partial class FailureCatalogueTests
{
    // Each recording, the rows of the contract's section 6 that it shows, and what it is called.
    private static readonly (string Name, int[] Rows, string? Code)[] _recordings =
    [
        ("black-video-bad-bbox", [], null),
        ("cancelled-sigint", [], "script_interrupted"),
        ("cancelled-sigterm", [], "script_terminated"),
        ("clip-apg-4-steps", [], null),
        ("clip-buffered", [], null),
        ("clip-int8-4-steps", [], null),
        ("clip-lora-4-steps", [], null),
        ("fail-audio-too-short", [26], "voice_too_short"),
        ("fail-base-index-unmanaged", [19], "model_index_not_multitalk"),
        ("fail-base-index", [19], "model_index_not_multitalk"),
        ("fail-cuda-oom-sampling", [36], "gpu_out_of_memory"),
        ("fail-cuda-oom", [36], "gpu_out_of_memory"),
        ("fail-disk-full", [43], "disk_full"),
        ("fail-frame-num-43", [27], "frame_num_invalid"),
        ("fail-image-missing", [32], "picture_unreadable"),
        ("fail-leftover-cropaudio", [41], "left_over_output"),
        ("fail-missing-shard", [22], "model_file_missing"),
        ("fail-no-gpu", [17], "gpu_missing"),
        ("fail-no-index", [18], "model_index_missing"),
        ("fail-no-prompt", [], "input_incomplete"),
        ("fail-no-weights-absolute", [21], "model_folder_missing"),
        ("fail-no-weights", [21], "model_folder_missing"),
        ("fail-para-unequal", [28], "voices_of_unequal_length"),
        ("fail-pointer-file", [20], "model_file_damaged"),
        ("fail-truncated-shard", [20], "model_file_damaged"),
        ("fail-usage", [], "bad_argument"),
        ("fail-wrong-cwd", [22], "workspace_incomplete"),
        ("killed-sigkill", [37], "script_killed"),
        ("single-streaming", [], null),
        ("two-person-streaming", [], null),
    ];

    // Rows that never show in what the script writes: what keeps them away beside the refusals, or finds them in the video.
    private static readonly Dictionary<int, string[]> _prevented = new()
    {
        [33] = [nameof(PictureNormalizerTests.Transparency_is_flattened_on_white)],
        [34] = [nameof(OutputVerifier)],
        [35] = [nameof(BoxTests.The_boxes_go_into_the_plan_as_they_came), nameof(InputJsonTests.Boxes_are_written_rows_first)],
        [44] = [nameof(SegmentationTests.Padding_is_the_least_that_shows_everything_wastes_nothing_and_is_cut_once)],
        [45] = [nameof(RefusalTests.The_output_is_a_stem_in_the_directory_of_the_job), nameof(OutputVerifier)],
        [50] = [nameof(Colours_that_drift_are_noted_beforehand)],
        [52] = [nameof(OutputVerifier)],
    };

    // What the request brings about, and so every runner again. A card's memory depends on what may still be tried.
    private static readonly string[] _final =
    [
        "bad_argument", "cards_not_dividing", "color_correction_invalid", "frame_num_invalid", "input_incomplete", "input_not_json", "lora_not_applied", "picture_unreadable",
        "seed_invalid", "voice_too_short", "voice_under_loudness_block", "voice_unreadable", "voices_of_unequal_length",
    ];

    /// <summary>The failures by name.</summary>
    public static TheoryData<string> Scenarios => [.. FailureScenarios.All.Select(scenario => scenario.Name)];

    /// <summary>The recordings with what they are called.</summary>
    public static TheoryData<string, string?> Recordings => [.. _recordings.Select(recording => (recording.Name, recording.Code))];

    /// <summary>The rows of the contract's section 6.</summary>
    public static TheoryData<int> Rows => [.. Enumerable.Range(1, 52)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_failure_is_known_by_what_it_writes(string name)
    {
        var scenario = Assert.Single(FailureScenarios.All, scenario => scenario.Name == name);
        var error = Output.Find(scenario);

        Assert.Equal(scenario.Code, error?.Code);
        Assert.Equal(scenario.Error.Length + scenario.Output.Length > 0, error!.Lines.Count > 0);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recorded_run_is_told_by_its_end(string name, string? code)
    {
        var transcript = Transcript.Load(name);

        Assert.Equal(code, Output.Find(transcript.ExitCode, Output.Log(transcript))?.Code);
        // Stdout in one block, then stderr in one; nothing but the order differs.
        Assert.Equal(code, Output.Find(transcript.ExitCode, Output.Log(transcript.Text(error: true), transcript.Text(error: false)))?.Code);
    }

    [Fact]
    public void Every_recording_is_in_the_table() => Assert.Equal(Transcript.Names, _recordings.Select(recording => recording.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_row_is_shown_or_refused_or_prevented(int row) => Assert.True(
        _recordings.Any(recording => recording.Rows.Contains(row))
        || FailureScenarios.All.Any(scenario => scenario.Row == row)
        || RefusalTests.Rows.Any(refusal => refusal.Data.Item1.StartsWith($"{row} ", StringComparison.Ordinal))
        || _prevented.ContainsKey(row));

    [Fact]
    public void Every_entry_is_shown_by_a_failure()
    {
        var shown = FailureScenarios.All.Select(scenario => scenario.Code).Concat(_recordings.Select(recording => recording.Code));
        Assert.Empty(FailureCatalogue.All.Select(entry => entry.Code).Except(shown));
    }

    [Fact]
    public void Every_entry_says_what_why_and_what_to_do_and_who()
    {
        Assert.Equal(FailureCatalogue.All.Count, FailureCatalogue.All.DistinctBy(entry => entry.Code).Count());
        Assert.All(FailureCatalogue.All, entry =>
        {
            Assert.Matches(StableCode(), entry.Code);
            Assert.Matches(Sentence(), entry.Title);
            Assert.Matches(Sentence(), entry.Cause);
            Assert.Matches(Sentence(), entry.Remedy);
            Assert.Matches("operator|request|Run it|by hand", entry.Remedy);
        });
    }

    [Fact]
    public void Nothing_is_tried_again_that_must_fail_again() =>
        Assert.Equal(_final, FailureCatalogue.All.Where(entry => !entry.Retryable && entry.Code != FailureCatalogue.GpuOutOfMemory).Select(entry => entry.Code).Order(StringComparer.Ordinal));

    [Fact]
    public void Colours_that_drift_are_noted_beforehand() =>
        Assert.Contains(Planner.Plan(new("A woman talks", new(640, 640), [new(new VoiceFacts(30 * 16_000))], new()), Engine.MultiTalk).Notes, note => note.Contains("drift", StringComparison.Ordinal));

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex StableCode();

    [GeneratedRegex(@"^[A-Za-z].*[^.]\.$")]
    private static partial Regex Sentence();
}
