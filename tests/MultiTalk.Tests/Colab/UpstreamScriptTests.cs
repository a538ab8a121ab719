using System.Runtime.Versioning;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Colab;

/// <summary>
/// Upstream's own script, unmodified, under our workspace, command and environment. It needs a checkout of it, Python 3.10 or
/// newer and ffmpeg, and no package: those are made up. What the models would compute is made up too; which files are opened,
/// where, in which order, how many segments are sampled and how many frames are written is upstream's own doing.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class UpstreamScriptTests
{
    private const string NoCheckout =
        "MULTITALK_UPSTREAM names no checkout of upstream: git clone https://github.com/MeiGen-AI/MultiTalk && git -C MultiTalk checkout c1ad840, then set it to that directory.";

    private const string Base = "weights/Wan2.1-I2V-14B-480P/";
    private const string Quantized = "weights/MeiGen-MultiTalk/quant_models/";
    private const string Text = "Good morning, and welcome to the show. Today we talk about the weather of the last few days.";

    private static readonly Box _left = new(140, 222, 460, 462), _right = new(70, 815, 462, 1061);

    // What every run reads besides its input.
    private static readonly string[] _always =
    [
        "input.json", "image.png", "weights/chinese-wav2vec2-base/config.json", "weights/chinese-wav2vec2-base/preprocessor_config.json", "weights/chinese-wav2vec2-base/model.safetensors",
        Base + "config.json", Base + FakeVolume.Clip, Base + FakeVolume.Vae,
        Base + "google/umt5-xxl/tokenizer_config.json", Base + "google/umt5-xxl/tokenizer.json", Base + "xlm-roberta-large/tokenizer_config.json", Base + "xlm-roberta-large/tokenizer.json",
    ];

    private static readonly string[] _full =
        [Base + FakeVolume.T5, Base + ColabLayout.Index, Base + ColabLayout.MultiTalkWeights, .. Enumerable.Range(1, 7).Select(shard => Base + FakeVolume.Shard(shard))];

    private static readonly string[] _int8 = [Quantized + "t5_int8.safetensors", Quantized + "t5_map_int8.json"];

    /// <summary>What is asked for, the names of the volume's folders, and which files must be read.</summary>
    public static TheoryData<string, bool> Cases { get; } = new(
        from name in new[] { "colab", "standard", "clip", "two people", "two people at once", "one silent", "int8", "int8 with FusionX", "fast", "text", "two texts" }
        from shortNames in new[] { false, true }
        where !shortNames || name is "colab" or "int8" or "two texts"
        select (name, shortNames));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_finds_everything_where_it_looks_and_ends_well(string name, bool shortNames)
    {
        Assert.SkipWhen(UpstreamRun.Checkout is null, NoCheckout);
        var (request, reads, picture) = Case(name);
        var plan = Plan(request, Runner("NVIDIA H100 80GB HBM3", 80));
        using var run = new UpstreamRun(plan, picture, shortNames);
        var before = run.Volume.Snapshot();

        var exitCode = await run.ExecuteAsync();

        Assert.True(exitCode == 0, string.Join('\n', run.Lines));
        AssertRanAsOnColab(run, plan);
        Assert.Equal(_always.Concat(reads).Order(StringComparer.Ordinal), Inputs(run));
        Assert.Equal(before, run.Volume.Snapshot());
        AssertMadeTheVideo(run, plan);
        TestContext.Current.TestOutputHelper!.WriteLine(Summary(name, run));
    }

    [Theory]
    [InlineData("input.json", "FileNotFoundError: [Errno 2] No such file or directory: 'input.json'")]
    [InlineData("image.png", "FileNotFoundError: [Errno 2] No such file or directory: 'image.png'")]
    [InlineData("voice1.wav", "FileNotFoundError: [Errno 2] No such file or directory: 'voice1.wav'")]
    [InlineData("weights/chinese-wav2vec2-base", "OSError: We couldn't connect to 'https://huggingface.co'")]
    [InlineData(Base + "google", "OSError: We couldn't connect to 'https://huggingface.co'")]
    [InlineData(Base + ColabLayout.MultiTalkWeights, "No such file or directory: '" + Base + "multitalk.safetensors'")]
    [InlineData(Base + FakeVolume.Vae, "No such file or directory: '" + Base + "Wan2.1_VAE.pth'")]
    [InlineData("wan", "")]
    public async Task It_notices_what_is_missing(string missing, string error)
    {
        Assert.SkipWhen(UpstreamRun.Checkout is null, NoCheckout);
        var plan = Plan(Case("clip").Request);
        using var run = new UpstreamRun(plan, "portrait.png");
        File.Delete(run.PathOf(missing));

        // Its code it finds through the link to the script: the others are for people who look.
        Assert.Equal(error == "" ? 0 : 1, await run.ExecuteAsync());
        Assert.Contains(error, string.Join('\n', run.Lines), StringComparison.Ordinal);
        Assert.Equal(error == "", File.Exists(run.PathOf(ColabLayout.Output)));
    }

    private static (GenerationRequest Request, string[] Reads, string Picture) Case(string name)
    {
        GenerationRequest One(GenerationOptions options) => new(Samples.Prompt, new(1024, 1024), [Voice(5)], options);
        GenerationRequest Two(SpeakerRequest first, SpeakerRequest second, GenerationOptions? options = null) =>
            new(Samples.Prompt, new(1280, 720), [first with { Box = _left }, second with { Box = _right }], options ?? new());

        const string Portrait = "portrait.png", Couple = "couple.png";
        string[] voice = ["voice1.wav"], voices = ["voice1.wav", "voice2.wav"];
        string[] kokoro = ["weights/Kokoro-82M/config.json", "weights/Kokoro-82M/kokoro-v1_0.pth", "weights/Kokoro-82M/voices/af_heart.pt"];
        string[] dit = [.. _int8, Quantized + "dit_model_int8.safetensors", Quantized + "dit_model_map_int8.json"];
        string[] fusionX = [.. _int8, Quantized + "quant_model_int8_FusionX.safetensors", Quantized + "quantization_map_int8_FusionX.json"];
        var merged = new GenerationOptions { Preset = Preset.Fast, Quant = GenerationQuant.Int8 };
        return name switch
        {
            "colab" => (One(new() { Preset = Preset.Colab }), [.. _full, .. voice], Portrait),
            "standard" => (One(new()), [.. _full, .. voice], Portrait),
            "clip" => (One(new() { Mode = GenerationMode.Clip, UseApg = true, Trim = true }), [.. _full, .. voice], Portrait),
            "two people" => (Two(Voice(3), Voice(2)), [.. _full, .. voices], Couple),
            "two people at once" => (Two(Voice(4), Voice(4), new() { AudioType = AudioType.Para, Size = 720 }), [.. _full, .. voices], Couple),
            "one silent" => (Two(Silent, Voice(4)), [.. _full, "voice2.wav"], Couple),
            "int8" => (One(new() { Preset = Preset.LowMemory }), [.. dit, .. voice], Portrait),
            "int8 with FusionX" => (One(merged), [.. fusionX, .. voice], Portrait),
            "fast" => (One(new() { Preset = Preset.Fast }), [.. _full, "weights/" + Preset.FusionX, .. voice], Portrait),
            "text" => (new(Samples.Prompt, new(1024, 1024), [new(Text: Text, TtsVoice: "af_heart")], new()), [.. _full, .. kokoro], Portrait),
            "two texts" => (Two(new(Text: Text, TtsVoice: "af_heart"), new(Text: "Thank you.", TtsVoice: "bm_george")), [.. _full, .. kokoro, "weights/Kokoro-82M/voices/bm_george.pt"], Couple),
            _ => throw new ArgumentException($"There is no case \"{name}\".", nameof(name)),
        };
    }

    // Same directory, same command, and nothing by an absolute path but the code, which is the checkout's.
    private static void AssertRanAsOnColab(UpstreamRun run, GenerationPlan plan)
    {
        string[] command = [ColabLayout.Script, .. plan.Arguments];
        foreach (var moment in new[] { run.Event("start"), run.Event("end") })
        {
            Assert.Equal(command, UpstreamRun.Texts(moment, "argv"));
            Assert.Equal(run.Directory, moment.GetProperty("cwd").GetString());
        }

        Assert.All(run.Event("end").GetProperty("modules").EnumerateObject(), module => Assert.StartsWith(UpstreamRun.Checkout + "/", module.Value.GetString(), StringComparison.Ordinal));
        Assert.All(run.Paths("read", "write", "exists", "isfile", "isdir", "os.mkdir", "os.remove", "os.listdir", "os.scandir"), path =>
        {
            Assert.False(Path.IsPathRooted(path), path);
            Assert.StartsWith(run.Directory + "/", Path.GetFullPath(Path.Combine(run.Directory, path)), StringComparison.Ordinal);
        });
    }

    // What it writes lies beside its input, and what it reads of that is no input.
    private static IEnumerable<string> Inputs(UpstreamRun run) => run.Paths("read").Except(run.Paths("write")).Order(StringComparer.Ordinal);

    private static void AssertMadeTheVideo(UpstreamRun run, GenerationPlan plan)
    {
        Assert.EndsWith("INFO: Finished.", run.Lines.Last(line => line.Contains("INFO: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(File.Exists(run.PathOf(ColabLayout.Output)));
        Assert.All(run.Paths("write"), path => Assert.StartsWith("save_audio/image/", path, StringComparison.Ordinal));
        Assert.Equal(["output-temp.mp4", "output-cropaudio.wav"], run.Paths("os.remove"));

        // Its own loop and its own list of sizes, against our plan.
        var video = run.Event("video");
        Assert.Equal((plan.Width, plan.Height), (video.GetProperty("width").GetInt32(), video.GetProperty("height").GetInt32()));
        if (!plan.LengthIsGuess)
        {
            Assert.Equal(plan.Frames, video.GetProperty("frames").GetInt32());
            Assert.Equal(plan.Segments, run.Progress.Max(progress => progress.Segment));
        }
    }

    private static string Summary(string name, UpstreamRun run) =>
        $"{name}: {Inputs(run).Count()} files read, {run.Paths("write").Count} written, {run.Event("end").GetProperty("modules").EnumerateObject().Count()} modules of the checkout, {run.Event("video").GetProperty("frames")} frames";
}
