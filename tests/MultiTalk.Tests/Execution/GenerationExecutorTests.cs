using System.Security.Cryptography;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Execution;

public sealed class GenerationExecutorTests : IDisposable
{
    private const string Finish = "\nprint('[2026-11-22 15:55:00,000] INFO: Finished.')";

    private static readonly string[] _voices = ["voice-left.wav", "voice-right.wav"];

    private readonly TempDirectory _directory = new();
    private readonly Listener _listener = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("portrait.png", 1, null, 1)]
    [InlineData("couple.png", 2, "para", 2)]
    public async Task A_preview_is_generated_and_verified(string picture, int speakers, string? audioType, int segments)
    {
        var voices = new List<SpeakerRequest>();
        for (var speaker = 1; speaker <= speakers; speaker++)
            voices.Add(new(await VoiceAsync(speaker, seconds: 2 * segments)));
        var plan = Planner.Plan(new("Two people talk", await PictureAsync(picture), voices, new() { Steps = 3, Seed = 5, AudioType = audioType }), Engine.Preview);
        Assert.Equal(segments, plan.Segments);

        using (var video = await ExecuteAsync(new(), plan))
        {
            Assert.Equal((plan.Width, plan.Height, plan.Frames, 25d), (video.Facts.Width, video.Facts.Height, video.Facts.Frames, video.Facts.Fps));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(video.Path, Cancellation))), video.Facts.Sha256);
            Assert.Equal(new FileInfo(video.Path).Length, video.Facts.Bytes);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["workspaces"]));
        Assert.Equal(
            [Phase.Preparing, Phase.Loading, .. Enumerable.Repeat(new[] { Phase.Sampling, Phase.Decoding }, segments).SelectMany(pair => pair), Phase.Saving, Phase.Verifying],
            _listener.Progress.Select(item => (item.Segment, item.Phase)).Distinct().Select(item => item.Phase));
    }

    [Theory]
    [InlineData("raise KeyError('prompt')", "input_incomplete")]
    [InlineData("raise KeyError('x')", "script_exception")]
    [InlineData("sys.exit(3)", "script_failed")]
    [InlineData("pass", "script_failed")]
    [InlineData("os.kill(os.getpid(), signal.SIGKILL)", "script_killed")]
    [InlineData("print('No space left on device', file=sys.stderr); raise subprocess.CalledProcessError(1, ['ffmpeg'])", "disk_full")]
    [InlineData(Finish, "output_missing")]
    [InlineData("open('output.mp4', 'w').close()" + Finish, "output_unreadable")]
    [InlineData("open('output.mp4', 'wb').write(b'\\0' * 9999)" + Finish, "output_unreadable")]
    public async Task A_failure_is_told_with_its_remedy(string script, string code)
    {
        var error = await FailAsync(script);
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public async Task The_workspace_of_a_failure_is_kept_with_all_that_it_takes_to_understand_and_repeat_it()
    {
        var error = await FailAsync("print('a word', flush=True)\nopen('left.txt', 'w').close()\nraise KeyError('x')");

        var home = _directory["workspaces/job-1"];
        Assert.Equal(["MultiTalk", "exit-code", "failure.json", "kept", "parity.json", "rerun.sh", "run.json", "stderr.log", "stdout.log"],
            Directory.EnumerateFileSystemEntries(home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("a word\n", await File.ReadAllTextAsync(Path.Combine(home, "stdout.log"), Cancellation));
        Assert.Contains("KeyError: 'x'", await File.ReadAllTextAsync(Path.Combine(home, "stderr.log"), Cancellation), StringComparison.Ordinal);
        Assert.Equal("1\n", await File.ReadAllTextAsync(Path.Combine(home, "exit-code"), Cancellation));
        var kept = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(Path.Combine(home, "failure.json"), Cancellation), ContractsJson.Default.JobError)!;
        Assert.Equal((error.Code, error.Title), (kept.Code, kept.Title));
        var parity = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(Path.Combine(home, "parity.json"), Cancellation), ContractsJson.Default.IReadOnlyListParityCheck)!;
        Assert.Equal(1, Assert.Single(parity).Number);
        using (var workspace = Workspace.Open(home))
        {
            var record = RunRecord.Read(workspace);
            Assert.Equal(("job", "A woman talks", 81), (record.Job, record.Prompt, record.Plan.Frames));
            Assert.True(File.Exists(workspace.PathOf("left.txt")));
        }

        // The checkout of this test is gone, so what it links is: the command ends as it should for that.
        var rerun = await Cli.Wrap(Path.Combine(home, "rerun.sh")).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Cancellation);
        Assert.Contains("generate_multitalk.py", rerun.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canceled_run_leaves_nothing()
    {
        PutInputs();
        using var checkout = await FakeCheckout.WithAsync("print('started', flush=True)\nsignal.pause()");
        using var cancel = new CancellationTokenSource();
        var listener = new Listener { OnLine = _ => cancel.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExecuteAsync(new() { Checkout = checkout.Path }, Plans.Of(), listener, cancel.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["workspaces"]));
    }

    [Theory]
    [InlineData(11_000_000_000, 6_000_000_000, true, 5_500_000_000)]
    [InlineData(11_000_000_000, 5_000_000_000, false, 5_500_000_000)]
    [InlineData(3_000_000_000, 0, true, 0)]
    [InlineData(0, -1, false, 0)]
    public async Task Out_of_memory_is_tried_once_more_with_less_on_the_card(long first, long fits, bool succeeds, long second)
    {
        PutInputs();
        using var checkout = await FakeCheckout.WithAsync($$"""
            import shutil
            resident = int(sys.argv[sys.argv.index("--num_persistent_param_in_dit") + 1])
            print(f"resident {resident} {sorted(name for name in os.listdir('.') if name.startswith('output'))}", flush=True)
            shutil.copy("input.json", "output-cropaudio.wav")
            if resident > {{fits}}:
                class OutOfMemoryError(Exception): pass
                OutOfMemoryError.__module__ = "torch"
                raise OutOfMemoryError("CUDA out of memory. Tried to allocate 66.00 MiB. GPU 0 has a total capacity of 39.50 GiB of which 13.00 MiB is free.")
            {{MakeVideo("testsrc2=s=640x640:r=25", "3.24")}}
            """);
        var plan = Planner.Plan(new("A woman talks", new(640, 640), [new(new VoiceFacts(51_840))], new() { Steps = 3, Seed = 1, PersistentParameters = first }), Engine.MultiTalk);

        var running = ExecuteAsync(new() { Checkout = checkout.Path }, plan);

        if (succeeds)
        {
            using var video = await running;
            Assert.Equal(second, video.Plan.PersistentParameters);
        }
        else
        {
            var error = (await Assert.ThrowsAsync<GenerationFailedException>(() => running)).Error;
            Assert.Equal(("gpu_out_of_memory", false), (error.Code, error.Retryable));
        }

        long[] tries = first == 0 ? [first] : [first, second];
        Assert.Equal(tries.Select(resident => $"resident {resident} []"), _listener.Lines.Where(line => line.StartsWith("resident", StringComparison.Ordinal)));
        Assert.Equal(_listener.Progress.Select(item => item.Percent).Order(), _listener.Progress.Select(item => item.Percent));
    }

    [Fact]
    public async Task The_length_of_a_spoken_text_is_known_once_it_was_spoken()
    {
        var plan = Text(steps: 2);
        using var video = await SpeakAsync(plan, seconds: 9.0, frames: 222);
        Assert.Equal((222, 4), (video.Plan.Frames, video.Plan.Segments));
        Assert.NotEqual(222, plan.Frames);
    }

    [Fact]
    public async Task A_spoken_text_of_the_wrong_length_is_no_success() =>
        Assert.Equal("output_unexpected", (await Assert.ThrowsAsync<GenerationFailedException>(() => SpeakAsync(Text(steps: 2), seconds: 9.0, frames: 200))).Error.Code);

    [Fact]
    public async Task A_text_that_is_spoken_too_fast_ends_before_the_model_is_loaded()
    {
        var error = (await Assert.ThrowsAsync<GenerationFailedException>(() => SpeakAsync(Text(steps: 2), seconds: 3.2, frames: 81))).Error;
        Assert.Equal(("text_too_short", false), (error.Code, error.Retryable));
        Assert.DoesNotContain(_listener.Lines, line => line.Contains("Finished", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_succeeded_is_remembered()
    {
        var history = new RunHistory(_directory["workspaces"]);
        var plan = Planner.Plan(new("A woman talks", await PictureAsync("portrait.png"), [new(await VoiceAsync(1, seconds: 2))], new() { Steps = 3, Seed = 5 }), Engine.Preview);
        (await ExecuteAsync(new(), plan, history: history)).Dispose();
        Assert.Equal(1, Assert.Single(history.Measurements).Runs);
    }

    [Fact]
    public async Task The_last_exception_is_the_message()
    {
        var error = await FailAsync("raise KeyError('x')");
        Assert.Equal("KeyError: 'x'", error.Title);
        Assert.Equal("KeyError: 'x'", error.Lines[^1]);
    }

    [Theory]
    [InlineData("color=black:s=640x640:r=25", "3.24", "output_black")]
    [InlineData("testsrc2=s=640x640:r=25", "1", "output_unexpected")]
    [InlineData("testsrc2=s=640x480:r=25", "3.24", "output_unexpected")]
    [InlineData("testsrc2=s=640x640:r=24", "3.24", "output_unexpected")]
    public async Task A_video_that_was_not_planned_is_no_success(string source, string seconds, string code) =>
        Assert.Equal(code, (await FailAsync(
            MakeVideo(source, seconds))).Code);

    [Fact]
    public async Task An_input_that_does_not_come_leaves_nothing()
    {
        using var checkout = await FakeCheckout.WithAsync("");
        var attempt = new Attempt("job", 1, "x", Plans.Of(), (_, _, _) => throw new InvalidDataException("damaged"));
        var options = new RunnerOptions { Workspaces = checkout.Workspaces, Checkout = checkout.Path };
        await Assert.ThrowsAsync<InvalidDataException>(() => new GenerationExecutor(options, TimeProvider.System).ExecuteAsync(attempt, _listener, _listener, Cancellation));
        Assert.Empty(checkout.Left);
    }

    [Theory]
    [InlineData(16_000, 52_480)]
    [InlineData(22_050, 52_481)]
    [InlineData(44_100, 60_001)]
    [InlineData(48_000, 99_999)]
    public async Task A_voice_is_padded_to_the_sample(int rate, long samples)
    {
        await Ffmpeg.VoiceAsync($"sine=r={rate}:d=1", _directory["voice"], "-f wav -ac 2");
        await VoiceNormalizer.NormalizeAsync(_directory["voice"], "voice1", _directory["voice1.wav"], Cancellation);
        // The script counts as librosa does, and says so.
        var error = await FailAsync("import wave\nw = wave.open('voice1.wav')\nprint(-(-w.getnframes() * 16000 // w.getframerate()), w.getnchannels())\nsys.exit(9)", Plans.Of() with { Speakers = [new(samples)] });
        Assert.Equal($"{samples} 2", error.Lines[^1]);
    }

    public void Dispose() => _directory.Dispose();

    private static string MakeVideo(string source, string seconds) =>
        $"subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', '{source}', '-f', 'lavfi', '-i', 'sine', '-t', '{seconds}', '-pix_fmt', 'yuv420p', '-preset', 'ultrafast', 'output.mp4']){Finish}";

    private static GenerationPlan Text(int steps) =>
        Planner.Plan(new("A woman talks", new(640, 640), [new(Text: string.Join(' ', Enumerable.Repeat("A long story begins.", 8)), TtsVoice: "af_heart")], new() { Steps = steps, Seed = 1, Mode = GenerationMode.Streaming }), Engine.MultiTalk);

    // As upstream does: the speech is a file before the pipeline is made, whose length decides on all else.
    private async Task<GeneratedVideo> SpeakAsync(GenerationPlan plan, double seconds, int frames)
    {
        PutInputs();
        using var checkout = await FakeCheckout.WithAsync($"""
            os.makedirs("save_audio/image")
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=r=24000", "-t", "{FormattableString.Invariant($"{seconds}")}", "save_audio/image/s1.wav"])
            print("[2026-11-22 15:55:00,000] INFO: Creating MultiTalk pipeline.", flush=True)
            {MakeVideo("testsrc2=s=640x640:r=25", FormattableString.Invariant($"{frames / 25.0}"))}
            """);
        return await ExecuteAsync(new() { Checkout = checkout.Path }, plan);
    }

    private async Task<JobError> FailAsync(string script, GenerationPlan? plan = null)
    {
        PutInputs();
        using var checkout = await FakeCheckout.WithAsync(script);
        var options = new RunnerOptions { Checkout = checkout.Path };
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => ExecuteAsync(options, plan ?? Plans.Of()));
        Assert.Equal(["job-1"], Directory.EnumerateFileSystemEntries(_directory["workspaces"]).Select(Path.GetFileName));
        return exception.Error;
    }

    private async Task<GeneratedVideo> ExecuteAsync(
        RunnerOptions options, GenerationPlan plan, Listener? listener = null, CancellationToken? cancellationToken = null, RunHistory? history = null)
    {
        listener ??= _listener;
        options.Workspaces = _directory["workspaces"];
        var attempt = new Attempt("job", 1, "A woman talks", plan, (name, target, _) =>
        {
            File.Copy(_directory[name], target);
            return Task.CompletedTask;
        })
        {
            Parity = [new(1, "working directory", "the MultiTalk directory", "the same", true, "")],
        };
        return await new GenerationExecutor(options, TimeProvider.System, history).ExecuteAsync(attempt, listener, listener, cancellationToken ?? Cancellation);
    }

    // For scripts that do not look at them.
    private void PutInputs()
    {
        File.Copy(Samples.Path("portrait.png"), _directory["image.png"]);
        if (!File.Exists(_directory["voice1.wav"]))
            File.Copy(Samples.Path("voice.wav"), _directory["voice1.wav"]);
    }

    private Task<PictureFacts> PictureAsync(string sample) => PictureNormalizer.NormalizeAsync(Samples.Path(sample), "image", _directory["image.png"], Cancellation);

    private async Task<VoiceFacts> VoiceAsync(int speaker, int seconds)
    {
        await Ffmpeg.MakeAsync($"-t {seconds} -i {Samples.Path(_voices[speaker - 1])} -f wav", _directory["cut"]);
        return await VoiceNormalizer.NormalizeAsync(_directory["cut"], $"voice{speaker}", _directory[$"voice{speaker}.wav"], Cancellation);
    }
}
