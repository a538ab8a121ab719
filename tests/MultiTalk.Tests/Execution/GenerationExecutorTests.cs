using System.Security.Cryptography;
using MultiTalk.GpuRunner;
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
    [InlineData("raise KeyError('prompt')", "script_exception")]
    [InlineData("sys.exit(3)", "script_failed")]
    [InlineData("pass", "script_failed")]
    [InlineData("os.kill(os.getpid(), signal.SIGKILL)", "script_killed")]
    [InlineData("print('No space left on device', file=sys.stderr); raise subprocess.CalledProcessError(1, ['ffmpeg'])", "disk_full")]
    [InlineData(Finish, "output_missing")]
    [InlineData("open('output.mp4', 'w').close()" + Finish, "output_unreadable")]
    [InlineData("open('output.mp4', 'wb').write(b'\\0' * 9999)" + Finish, "output_unreadable")]
    public async Task A_failure_is_told_with_its_lines_and_leaves_nothing(string script, string code)
    {
        var error = await FailAsync(script);
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public async Task The_last_exception_is_the_message()
    {
        var error = await FailAsync("raise KeyError('prompt')");
        Assert.Equal("KeyError: 'prompt'", error.Title);
        Assert.Equal("KeyError: 'prompt'", error.Lines[^1]);
    }

    [Theory]
    [InlineData("color=black:s=640x640:r=25", "3.24", "output_black")]
    [InlineData("testsrc2=s=640x640:r=25", "1", "output_unexpected")]
    [InlineData("testsrc2=s=640x480:r=25", "3.24", "output_unexpected")]
    [InlineData("testsrc2=s=640x640:r=24", "3.24", "output_unexpected")]
    public async Task A_video_that_was_not_planned_is_no_success(string source, string seconds, string code) =>
        Assert.Equal(code, (await FailAsync(
            $"subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', '{source}', '-f', 'lavfi', '-i', 'sine', '-t', '{seconds}', '-pix_fmt', 'yuv420p', 'output.mp4']){Finish}")).Code);

    [Fact]
    public async Task An_input_that_does_not_come_leaves_nothing()
    {
        using var checkout = await FakeCheckout.WithAsync("");
        var attempt = new Attempt("job-1", "x", Plans.Of(), (_, _, _) => throw new InvalidDataException("damaged"));
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

    private async Task<JobError> FailAsync(string script, GenerationPlan? plan = null)
    {
        await PictureAsync("portrait.png");
        if (!File.Exists(_directory["voice1.wav"]))
            await VoiceAsync(1, seconds: 1);
        using var checkout = await FakeCheckout.WithAsync(script);
        var options = new RunnerOptions { Checkout = checkout.Path };
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => ExecuteAsync(options, plan ?? Plans.Of()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["workspaces"]));
        return exception.Error;
    }

    private async Task<GeneratedVideo> ExecuteAsync(RunnerOptions options, GenerationPlan plan)
    {
        options.Workspaces = _directory["workspaces"];
        var attempt = new Attempt("job-1", "A woman talks", plan, (name, target, _) =>
        {
            File.Copy(_directory[name], target);
            return Task.CompletedTask;
        });
        return await new GenerationExecutor(options, TimeProvider.System).ExecuteAsync(attempt, _listener, _listener, Cancellation);
    }

    private Task<PictureFacts> PictureAsync(string sample) => PictureNormalizer.NormalizeAsync(Samples.Path(sample), "image", _directory["image.png"], Cancellation);

    private async Task<VoiceFacts> VoiceAsync(int speaker, int seconds)
    {
        await Ffmpeg.MakeAsync($"-t {seconds} -i {Samples.Path(_voices[speaker - 1])} -f wav", _directory["cut"]);
        return await VoiceNormalizer.NormalizeAsync(_directory["cut"], $"voice{speaker}", _directory[$"voice{speaker}.wav"], Cancellation);
    }
}
