using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Execution;

public sealed class OutputCollectorTests
{
    private const int Rate = 48_000;

    // Less than anybody notices, and a twentieth of what an unskipped encoder delay at 16 kHz would be.
    private const double Milliseconds = 3;

    private static readonly PlannedSpeaker _speaker = new(Samples: 32_960);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(16_000, 1)]
    [InlineData(22_050, 2)]
    [InlineData(44_100, 1)]
    [InlineData(48_000, 2)]
    public async Task The_original_voice_starts_where_upstream_s_does(int rate, int channels)
    {
        using var video = await WithVoicesAsync([Click(0.8)], rate, channels);

        var facts = await video.CollectAsync(Plan());

        Assert.Equal(0.8, Clicks(await SoundAsync(video.Output))[0], Milliseconds / 1000);
        Assert.Equal(0.8, Clicks(await SoundAsync(video.Final))[0], Milliseconds / 1000);
        Assert.Contains($"sample_rate={rate}", await SoundFieldsAsync(video.Final, "sample_rate,channels"));
        Assert.Contains($"channels={channels}", await SoundFieldsAsync(video.Final, "sample_rate,channels"));
        Assert.Equal(2, (await MediaProbe.StreamsAsync(video.Final, Cancellation)).AudioSeconds, 0.001);
        Assert.Equal(await PicturesAsync(video.Output), await PicturesAsync(video.Final));
        Assert.Equal((50, 2), (facts.Frames, facts.DurationSeconds));
    }

    [Fact]
    public async Task A_single_voice_is_as_loud_as_it_was()
    {
        using var video = await WithVoicesAsync(["sine=f=400:r=48000,volume=volume=4:eval=frame"], 48_000, 1);
        await video.CollectAsync(Plan());
        Assert.Equal(Peak(await SoundAsync(video.Workspace.PathOf("voice1.wav"))), Peak(await SoundAsync(video.Final)), 0.02);
    }

    [Fact]
    public async Task Two_voices_in_turns_follow_each_other()
    {
        using var video = await WithVoicesAsync([$"{Click(0.4)},atrim=end=1", Click(0.3)], 44_100, 1, secondRate: 22_050, secondChannels: 2);

        await video.CollectAsync(Plan() with { AudioType = AudioType.Add, Speakers = [_speaker with { Samples = 16_000 }, _speaker] });

        var clicks = Clicks(await SoundAsync(video.Final));
        Assert.Equal([0.4, 1.3], clicks.Select(click => Math.Round(click, 2)));
        Assert.Contains("channels=2", await SoundFieldsAsync(video.Final, "channels"));
    }

    [Fact]
    public async Task Two_voices_together_are_heard_together()
    {
        using var video = await WithVoicesAsync([Click(0.4), Click(1.3)], 44_100, 1);
        await video.CollectAsync(Plan() with { AudioType = AudioType.Para, Speakers = [_speaker, _speaker] });
        Assert.Equal([0.4, 1.3], Clicks(await SoundAsync(video.Final)).Select(click => Math.Round(click, 2)));
    }

    [Theory]
    [InlineData(0.9, 0.97)]
    [InlineData(0.2, 0.4)]
    public async Task Two_voices_together_are_as_loud_as_can_be_without_clipping(double each, double together)
    {
        var voice = FormattableString.Invariant($"aevalsrc={each}*sin(2*PI*300*t):s=48000");
        using var video = await WithVoicesAsync([voice, voice], 48_000, 1);
        await video.CollectAsync(Plan() with { AudioType = AudioType.Para, Speakers = [_speaker, _speaker] });
        Assert.Equal(together, Peak(await SoundAsync(video.Final)), 0.02);
    }

    [Fact]
    public async Task A_mono_voice_beside_a_stereo_one_keeps_its_loudness()
    {
        using var video = await WithVoicesAsync(["aevalsrc=0.5*sin(2*PI*300*t):s=48000,atrim=end=1", "aevalsrc=0:s=48000"], 48_000, 1, secondRate: 48_000, secondChannels: 2);
        await video.CollectAsync(Plan() with { AudioType = AudioType.Add, Speakers = [_speaker with { Samples = 16_000 }, _speaker] });
        Assert.Equal(0.5, Peak(await SoundAsync(video.Final, channels: 2)), 0.02);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_a_silent_person_nothing_is_heard(int speaks)
    {
        using var video = await WithVoicesAsync([Click(0.8)], 44_100, 1);
        File.Move(video.Workspace.PathOf("voice1.wav"), video.Workspace.PathOf(ColabLayout.Voice(speaks + 1)), overwrite: true);
        PlannedSpeaker[] speakers = [new(), new()];
        speakers[speaks] = _speaker;

        await video.CollectAsync(Plan() with { AudioType = AudioType.Para, Speakers = speakers });

        Assert.Equal(0.8, Assert.Single(Clicks(await SoundAsync(video.Final))), Milliseconds / 1000);
    }

    [Fact]
    public async Task Where_it_is_not_wanted_upstream_s_track_stays_as_it_is()
    {
        using var video = await WithVoicesAsync([Click(0.8)], 44_100, 1);
        await video.CollectAsync(Plan() with { KeepOriginalAudio = false });

        Assert.Equal(await PacketsAsync(video.Output, "a"), await PacketsAsync(video.Final, "a"));
        Assert.Equal(0.8, Clicks(await SoundAsync(video.Final))[0], Milliseconds / 1000);
    }

    [Fact]
    public async Task Collecting_leaves_the_script_s_file_and_gives_the_same_bytes_again()
    {
        using var video = await WithVoicesAsync([Click(0.8)], 44_100, 1);
        var before = await File.ReadAllBytesAsync(video.Output, Cancellation);
        await File.WriteAllTextAsync(video.Final, "the one of yesterday", Cancellation);

        var facts = await video.CollectAsync(Plan());
        var again = await video.CollectAsync(Plan());

        Assert.Equal(facts, again);
        var bytes = await File.ReadAllBytesAsync(video.Final, Cancellation);
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.LongLength), (facts.Sha256, facts.Bytes));
        Assert.Equal(before, await File.ReadAllBytesAsync(video.Output, Cancellation));
        Assert.Equal(["MultiTalk", "video.mp4"], Names(video));
    }

    [Fact]
    public async Task A_video_that_failed_is_not_collected()
    {
        using var video = await WrittenVideo.MovingAsync(frames: 48);
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => video.CollectAsync(Plan()));
        Assert.Equal("output_unexpected", exception.Error.Code);
        Assert.Equal(["MultiTalk"], Names(video));
    }

    [Fact]
    public async Task A_recording_that_is_gone_is_told_and_nothing_takes_its_place()
    {
        using var video = await WrittenVideo.MovingAsync();
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => video.CollectAsync(Plan()));
        Assert.Equal(("voice_missing", false), (exception.Error.Code, exception.Error.Retryable));
        Assert.Contains("voice1.wav", exception.Error.Cause, StringComparison.Ordinal);
        Assert.Equal(["MultiTalk"], Names(video));
    }

    [Fact]
    public async Task A_recording_that_is_damaged_is_told()
    {
        using var video = await WrittenVideo.MovingAsync();
        await File.WriteAllTextAsync(video.Workspace.PathOf("voice1.wav"), "no sound", Cancellation);
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => video.CollectAsync(Plan()));
        Assert.Equal("voice_missing", exception.Error.Code);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing()
    {
        using var video = await WithVoicesAsync([Click(0.8)], 44_100, 1);
        File.CreateSymbolicLink(video.Final + ".part", "/dev/full");
        await Assert.ThrowsAsync<DiskFullException>(() => video.CollectAsync(Plan()));
        Assert.Equal(["MultiTalk"], Names(video));
    }

    [Fact]
    public void Only_what_has_a_recording_keeps_it_unless_it_is_as_on_colab()
    {
        Assert.True(Planned(new()));
        Assert.False(Planned(new() { KeepOriginalAudio = false }));
        Assert.False(Planned(new() { Preset = Preset.Colab }));
        Assert.True(Planned(new() { Preset = Preset.Colab, KeepOriginalAudio = true }));
        Assert.False(Planned(new() { KeepOriginalAudio = true }, new SpeakerRequest(Text: new string('a', 100), TtsVoice: "af_heart")));
    }

    private static bool Planned(GenerationOptions options, SpeakerRequest? speaker = null) =>
        Planner.Plan(new("A woman talks", new(640, 640), [speaker ?? new(new VoiceFacts(80_000))], options), Engine.MultiTalk).KeepOriginalAudio;

    private static GenerationPlan Plan() => WrittenVideo.Plan() with { KeepOriginalAudio = true, Speakers = [_speaker] };

    /// <summary>A source that clicks once.</summary>
    private static string Click(double at) => FormattableString.Invariant($"aevalsrc=0.8*between(t\\,{at}\\,{at}+0.0005):s=48000");

    /// <summary>A workspace with voices of 2.06 s, and a video with upstream's track: the first voice, mono at 16 kHz.</summary>
    private static async Task<WrittenVideo> WithVoicesAsync(string[] sources, int rate, int channels, int? secondRate = null, int? secondChannels = null)
    {
        using var directory = new TempDirectory();
        (int Rate, int Channels)[] forms = [(rate, channels), (secondRate ?? rate, secondChannels ?? channels)];
        foreach (var (index, source) in sources.Index())
        {
            await Ffmpeg.VoiceAsync(source, directory["source"], $"-t 2.06 -af pan={(forms[index].Channels == 2 ? "stereo|c0=c0|c1=c0" : "mono|c0=c0")},aresample={forms[index].Rate} -f wav");
            await VoiceNormalizer.NormalizeAsync(directory["source"], "voice", directory[ColabLayout.Voice(index + 1)], Cancellation);
        }

        var video = await WrittenVideo.MovingAsync(sound: $"-i {directory["voice1.wav"]}", more: "-c:a aac -ac 1 -ar 16000 -af apad");
        foreach (var (index, _) in sources.Index())
            File.Move(directory[ColabLayout.Voice(index + 1)], video.Workspace.PathOf(ColabLayout.Voice(index + 1)));
        return video;
    }

    private static IEnumerable<string> Names(WrittenVideo video) => Directory.EnumerateFileSystemEntries(video.Workspace.Home).Select(path => Path.GetFileName(path)!).Where(name => name != ".multitalk-lock").Order(StringComparer.Ordinal);

    /// <summary>The samples as a player plays them.</summary>
    private static async Task<float[]> SoundAsync(string file, int channels = 1)
    {
        using var samples = new MemoryStream();
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-i", file, "-vn", "-af", channels == 1 ? "pan=mono|c0=c0" : "anull", "-ar", $"{Rate}", "-f", "f32le", "-"])
            .WithStandardOutputPipe(PipeTarget.ToStream(samples)).ExecuteAsync(Cancellation);
        return MemoryMarshal.Cast<byte, float>(samples.ToArray()).ToArray();
    }

    private static double Peak(float[] samples) => samples.Max(Math.Abs);

    /// <summary>Where it clicks, in seconds: the loudest sample of each tenth of a second that is not quiet.</summary>
    private static List<double> Clicks(float[] samples)
    {
        var loud = Peak(samples) / 2;
        var clicks = new List<double>();
        for (var i = 0; i < samples.Length; i++)
        {
            if (Math.Abs(samples[i]) >= loud && (clicks.Count == 0 || ((double)i / Rate) - clicks[^1] > 0.1))
                clicks.Add((double)i / Rate);
        }

        return clicks;
    }

    private static Task<string> PicturesAsync(string file) => PacketsAsync(file, "v");

    /// <summary>A hash over the packets of a stream and when each is shown.</summary>
    private static async Task<string> PacketsAsync(string file, string stream) =>
        (await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-i", file, "-map", $"0:{stream}", "-c", "copy", "-f", "framemd5", "-"]).ExecuteBufferedAsync(Cancellation)).StandardOutput;

    private static async Task<string[]> SoundFieldsAsync(string file, string fields) =>
        (await Cli.Wrap("ffprobe").WithArguments(["-v", "error", "-select_streams", "a", "-show_entries", $"stream={fields}", "-of", "default=noprint_wrappers=1", file])
            .ExecuteBufferedAsync(Cancellation)).StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
