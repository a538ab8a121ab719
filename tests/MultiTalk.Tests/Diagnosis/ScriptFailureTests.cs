using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>Which of several answers counts, and how it is told.</summary>
public sealed class ScriptFailureTests
{
    private const string Raised = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n";

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
    public void A_warning_from_the_start_explains_only_an_exception_that_nothing_else_explains()
    {
        const string Warning = "WARNING[XFORMERS]: xFormers can't load C++/CUDA extensions.\n";
        var log = Output.Log(Warning);
        Assert.Equal("script_killed", Output.Find(-9, log)?.Code);
        Assert.Equal("script_crashed", Output.Find(-6, log)?.Code);
        Assert.Equal("bad_argument", Output.Find(2, log)?.Code);
        Assert.Equal("script_failed", Output.Find(3, log)?.Code);
        Assert.Equal("package_broken", Output.Find(1, Output.Log(Warning + Raised + "ModuleNotFoundError: No module named 'easydict'\n"))?.Code);
        Assert.Equal("xformers_not_loaded", Output.Find(1, Output.Log(Warning + Raised + "RuntimeError: something\n"))?.Code);
    }

    [Theory]
    [InlineData("[2026-11-22 15:54:58,952] INFO: Generating video ...\n", -9, "script_killed")]
    [InlineData("[2026-11-22 15:54:58,952] INFO: Generating video ...\n", -15, "script_terminated")]
    [InlineData("[2026-11-22 15:54:58,952] INFO: Generating video ...\n", 1, "gpu_out_of_memory")]
    [InlineData("\r 10%|█         | 1/10 [00:35<05:15, 35.01s/it]", -9, "script_killed")]
    [InlineData("some other line\n", -9, "gpu_out_of_memory")]
    public void A_signal_beats_an_exception_that_the_script_survived(string next, int exitCode, string code) =>
        Assert.Equal(code, Output.Find(exitCode, Output.Log(Raised + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB.\n" + next))?.Code);

    [Fact]
    public void An_exception_after_the_one_survived_counts_again() => Assert.Equal(
        "gpu_out_of_memory",
        Output.Find(-9, Output.Log(Raised + "ValueError: x\n[2026-11-22 15:54:58,952] INFO: Generating video ...\n" + Raised + "torch.OutOfMemoryError: CUDA out of memory.\n"))?.Code);

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

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    public void A_signal_of_a_crash_is_a_crash(int signal) => Assert.Equal("script_crashed", Output.Find(-signal, Output.Log(""))?.Code);

    [Fact]
    public void An_exception_is_no_wrong_usage_whatever_the_exit_code() =>
        Assert.Equal("script_exception", Output.Find(2, Output.Log(Raised + "RuntimeError: never heard of\n"))?.Code);
}
