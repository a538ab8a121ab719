using System.Text.Json;
using CliWrap;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Diagnosis;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.Colab;

/// <summary>
/// Upstream's unmodified script in a workspace of ours, with third-party packages that are made up
/// (<c>Fixtures/upstream-stubs</c>), and what it did there.
/// </summary>
internal sealed class UpstreamRun : IDisposable
{
    // Kokoro-82M's own, without its phonemes.
    private const string KokoroConfig = """
        {"istftnet": {"upsample_kernel_sizes": [20, 12], "upsample_rates": [10, 6], "gen_istft_hop_size": 5, "gen_istft_n_fft": 20,
          "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "resblock_kernel_sizes": [3, 7, 11], "upsample_initial_channel": 512},
        "hidden_dim": 512, "max_dur": 50, "dropout": 0.2, "n_layer": 3, "n_mels": 80, "n_token": 178, "style_dim": 128, "text_encoder_kernel_size": 5,
        "plbert": {"hidden_size": 768, "max_position_embeddings": 512}, "vocab": {}}
        """;

    private const string BaseConfig = """
        {"_class_name": "WanModel", "dim": 5120, "eps": 1e-06, "ffn_dim": 13824, "freq_dim": 256, "in_dim": 36, "model_type": "i2v", "num_heads": 40,
        "num_layers": 40, "out_dim": 16, "text_len": 512}
        """;

    private readonly StubPackages _packages = new();
    private readonly GenerationPlan _plan;
    private readonly Workspace _workspace;
    private readonly Listener _listener = new();

    /// <summary>Makes the workspace with its inputs.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="picture">One of the samples.</param>
    /// <param name="shortNames">Whether the model volume has the short folder names.</param>
    public UpstreamRun(GenerationPlan plan, string picture, bool shortNames = false)
    {
        _plan = plan;
        Volume = new FakeVolume(_packages.PathOf("models"), shortNames);
        Volume.AddKokoro();
        Volume.AddQuantized();
        Volume.AddLora(Preset.FusionX);
        File.WriteAllText(Volume.PathOf(ColabLayout.BaseModel, "config.json"), BaseConfig);
        File.WriteAllText(Volume.PathOf(ColabLayout.Kokoro, "config.json"), KokoroConfig);
        foreach (var voice in plan.Speakers.Select(speaker => speaker.TtsVoice).OfType<string>())
            FakeVolume.Torch(Volume.PathOf(ColabLayout.Kokoro, $"voices/{voice}.pt"), 523_425);

        _workspace = Workspace.Create(_packages.PathOf("workspaces"), "job-1", Checkout!, ModelVolume.Inspect(Volume.Root));
        File.Copy(Samples.Path(picture), PathOf(ColabLayout.Picture));
        foreach (var (index, speaker) in plan.Speakers.Index().Where(speaker => speaker.Item.Samples is not null))
            File.WriteAllBytes(PathOf(ColabLayout.Voice(index + 1)), Wav(speaker.Samples!.Value));
        File.WriteAllText(PathOf(ColabLayout.Input), InputJson.Write(Samples.Prompt, plan));
    }

    /// <summary>Upstream's checkout, whose place <c>MULTITALK_UPSTREAM</c> tells; null where it is not set.</summary>
    public static string? Checkout { get; } = Environment.GetEnvironmentVariable("MULTITALK_UPSTREAM") is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    /// <summary>The model volume.</summary>
    public FakeVolume Volume { get; }

    /// <summary>The working directory of the script.</summary>
    public string Directory => _workspace.Directory;

    /// <summary>What was reported of its progress.</summary>
    public IReadOnlyList<GpuRunner.Contracts.GenerationProgress> Progress => _listener.Progress;

    /// <summary>What it wrote: no bars.</summary>
    public IReadOnlyList<string> Lines => _listener.Lines;

    /// <summary>What it did, as <c>recorder.py</c> wrote it down.</summary>
    public IReadOnlyList<JsonElement> Events { get; private set; } = [];

    /// <summary>A file of the working directory.</summary>
    public string PathOf(string name) => _workspace.PathOf(name);

    /// <summary>Runs the script to its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExecuteAsync()
    {
        var stubs = Path.Combine(AppContext.BaseDirectory, "Fixtures", "upstream-stubs");
        foreach (var file in System.IO.Directory.EnumerateFiles(stubs, "*.py", SearchOption.AllDirectories))
            _packages.Module(Path.GetRelativePath(stubs, file), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var record = _packages.PathOf("record");
        _packages.Set("MULTITALK_RECORD", record);
        _packages.Set("MULTITALK_MADE_UP", "all");
        // The checkout is not ours to write into.
        _packages.Set("PYTHONDONTWRITEBYTECODE", "1");
        await _packages.MakeAsync();

        await ChangeVolumeAsync("a-w");
        try
        {
            var output = new ProgressReader(_plan, _listener, _listener, TimeProvider.System);
            output.Enter(Phase.Loading);
            var exitCode = await new ScriptRunner(_packages.Options).RunAsync(_workspace, _plan, output, TestContext.Current.CancellationToken);
            Events = [.. File.ReadLines(record).Select(line => JsonDocument.Parse(line).RootElement)];
            return exitCode;
        }
        finally
        {
            await ChangeVolumeAsync("u+w");
        }
    }

    /// <summary>An event that happens once.</summary>
    public JsonElement Event(string name) => Events.Single(each => each.GetProperty("event").ValueEquals(name));

    /// <summary>The paths of an event, as the script named them, in order and once each; without those of the code itself.</summary>
    public IReadOnlyList<string> Paths(params string[] names)
    {
        List<string> code = [Checkout!, PathOf(ColabLayout.Script), "/dev/null", .. Texts(Event("start"), "code")];
        return
        [
            .. Events.Where(each => names.Contains(each.GetProperty("event").GetString()) && each.TryGetProperty("path", out _))
                .Select(each => each.GetProperty("path").GetString()!)
                .Where(path => !code.Any(place => path == place || path.StartsWith(place + "/", StringComparison.Ordinal)))
                .Distinct(),
        ];
    }

    /// <summary>A list of an event.</summary>
    public static IReadOnlyList<string> Texts(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    public void Dispose()
    {
        _workspace.Dispose();
        _packages.Dispose();
    }

    // Root may write all the same: what it did tells Volume.Snapshot.
    private async Task ChangeVolumeAsync(string mode) =>
        await Cli.Wrap("chmod").WithArguments(["-R", mode, Volume.Root]).ExecuteAsync(TestContext.Current.CancellationToken);

    // Mono, 16 bit, at the rate of VoiceFacts.SampleRate.
    private static byte[] Wav(long samples)
    {
        var bytes = (int)(samples * sizeof(short));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write(36 + bytes);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(VoiceFacts.SampleRate);
        writer.Write(VoiceFacts.SampleRate * sizeof(short));
        writer.Write((short)sizeof(short));
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(bytes);
        writer.Write(new byte[bytes]);
        return stream.ToArray();
    }
}
