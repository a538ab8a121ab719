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
    private const string Raised = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n";

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
        "bad_argument", "cards_not_dividing", "color_correction_invalid", "frame_num_invalid", "input_incomplete", "lora_not_applied", "picture_unreadable",
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

    [Fact]
    public void A_plain_line_beats_the_ffmpeg_that_failed_of_it()
    {
        var error = Output.Find(1, Output.Log("av_interleaved_write_frame(): No space left on device\nmore\n" + Raised + "subprocess.CalledProcessError: Command '['ffmpeg', '-i']' returned non-zero exit status 1.\n"));

        Assert.Equal("disk_full", error?.Code);
        Assert.Equal(["av_interleaved_write_frame(): No space left on device", "subprocess.CalledProcessError: Command '['ffmpeg', '-i']' returned non-zero exit status 1."], error!.Lines);
    }

    [Fact]
    public void An_exception_beats_a_line_and_the_last_one_the_first()
    {
        const string Line = "x: No space left on device\n", First = Raised + "ValueError: Seed must be between 0 and 2**32 - 1\n\nDuring handling of the above exception, another exception occurred:\n\n";
        Assert.Equal("color_correction_invalid", Output.Find(1, Output.Log(Line + First + Raised + "ValueError: Strength must be between 0.0 and 1.0\n"))?.Code);
        Assert.Equal("seed_invalid", Output.Find(1, Output.Log(Line + First + Raised + "ValueError: something\n"))?.Code);
        Assert.Equal("disk_full", Output.Find(1, Output.Log(Line + Raised + "ValueError: something\n"))?.Code);
    }

    [Fact]
    public void A_signal_from_outside_beats_a_warning_from_the_start()
    {
        var log = Output.Log("WARNING[XFORMERS]: xFormers can't load C++/CUDA extensions.\n");
        Assert.Equal("script_killed", Output.Find(-9, log)?.Code);
        Assert.Equal("xformers_mismatch", Output.Find(-6, log)?.Code);
        Assert.Equal("script_crashed", Output.Find(-6, Output.Log(""))?.Code);
    }

    [Fact]
    public void Words_in_the_script_s_own_log_prove_nothing() => Assert.Equal(
        "script_exception",
        Output.Find(1, Output.Log(Raised + "ValueError: something\n", "[2026-11-22 15:54:40,101] INFO: Generation job args: Namespace(audio_save_dir='No space left on device')\n"))?.Code);

    [Theory]
    [InlineData("", "while it started")]
    [InlineData("[2026-11-22 15:54:40,102] INFO: Generation model config: {'vae_checkpoint': 'Wan2.1_VAE.pth'}\n", "while it read its inputs")]
    [InlineData("[2026-11-22 15:54:55,101] INFO: Creating WanModel from weights\n", "while the weights of the video model were loaded")]
    [InlineData("[2026-11-22 15:54:55,101] INFO: Loading Quantized MultiTalk from weights\n", "while the weights of the video model were loaded")]
    [InlineData("[2026-11-22 15:54:58,952] INFO: Generating video ...\n", "while the video was generated")]
    public void A_killed_script_is_told_with_what_it_did(string output, string stage) =>
        Assert.Equal($"The script was killed {stage}.", Output.Find(-9, Output.Log("", output))?.Title);

    [Fact]
    public void A_lora_that_changes_nothing_matters_only_where_one_is_merged()
    {
        var scenario = FailureScenarios.All.Single(scenario => scenario.Row == 24);
        var log = Output.Log(scenario.Error, scenario.Output);

        Assert.Equal("lora_not_applied", Output.Find(0, log)?.Code);
        Assert.Null(Output.Find(0, log, Output.Plan with { Loras = [] }));
        Assert.Null(Output.Find(0, log, Output.Plan with { Quant = "int8" }));
    }

    [Fact]
    public void A_card_s_memory_is_tried_again_as_long_as_less_can_stay_on_it()
    {
        var log = Output.Log(Raised + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB.\n");

        Assert.Equal((FailureCatalogue.GpuOutOfMemory, true), Told(Output.Plan));
        Assert.Equal((FailureCatalogue.GpuOutOfMemory, false), Told(Output.Plan with { PersistentParameters = 0 }));
        Assert.Equal((FailureCatalogue.GpuOutOfMemory, false), Told(Output.Plan with { PersistentParameters = null, Gpus = 2 }));
        Assert.EndsWith("In this run 58% of the model stayed on it.", Output.Find(1, log)!.Cause, StringComparison.Ordinal);

        (string, bool) Told(GenerationPlan plan)
        {
            var error = Output.Find(1, log, plan)!;
            return (error.Code, error.Retryable);
        }
    }

    [Fact]
    public void An_unknown_exception_is_told_with_its_whole_traceback()
    {
        var frames = string.Concat(Enumerable.Range(0, 80).Select(line => $"  File \"x.py\", line {line}, in f\n    f()\n"));
        var error = Output.Find(1, Output.Log("before\n" + Raised + frames + "__main__.Wrong: it is\n  quite wrong\n"));

        Assert.Equal(("script_exception", "__main__.Wrong: it is"), (error?.Code, error?.Title));
        Assert.Equal(2 + 160 + 2, error!.Lines.Count);
        Assert.Equal(("Traceback (most recent call last):", "  quite wrong"), (error.Lines[0], error.Lines[^1]));
    }

    [Fact]
    public void The_cause_of_a_chain_is_its_first_exception()
    {
        var error = Output.Find(1, Output.Log(Raised + "KeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\n" + Raised + "RuntimeError: y\n"));
        Assert.Equal(("RuntimeError: y", "The first exception was: KeyError: 'x'"), (error?.Title, error?.Cause));
    }

    [Theory]
    [InlineData(0, "The script ended without saying that it was finished.")]
    [InlineData(3, "The script ended with exit code 3.")]
    public void An_unknown_end_is_told_with_its_last_lines(int exitCode, string title)
    {
        var error = Output.Find(exitCode, Output.Log("one\ntwo\n"));
        Assert.Equal(("script_failed", title), (error?.Code, error?.Title));
        Assert.Equal(["one", "two"], error!.Lines);
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex StableCode();

    [GeneratedRegex(@"^[A-Za-z].*[^.]\.$")]
    private static partial Regex Sentence();
}
