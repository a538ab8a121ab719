using System.Globalization;
using System.Text.Json.Nodes;
using CliWrap;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Colab;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>
/// A machine that is as Colab is, down to its programs, which are shell scripts here, until a test takes something from it.
/// What its Python would see is written down; <see cref="StubPackages"/> is for tests of what a real one sees.
/// </summary>
internal sealed class PlayedMachine : IDisposable
{
    private const string Query = "--query-gpu=name,memory.total,driver_version,compute_cap";

    /// <summary>What the script imports.</summary>
    private static readonly string[] _imports =
    [
        "torch", "torch.distributed", "torch.distributed.fsdp", "torch.distributed.fsdp.wrap", "torch.distributed.utils", "torch.nn.utils",
        "torchvision", "torchvision.transforms.functional", "xformers.ops", "flash_attn", "transformers", "transformers.modeling_outputs", "diffusers",
        "diffusers.configuration_utils", "diffusers.schedulers.scheduling_utils", "diffusers.utils", "diffusers.utils.torch_utils",
        "xfuser.core.distributed", "xfuser.core.long_ctx_attention", "optimum.quanto", "optimum.quanto.nn.qlinear", "accelerate.utils", "safetensors",
        "safetensors.torch", "librosa", "misaki", "numpy", "scipy.stats", "skimage", "PIL", "pyloudnorm", "soundfile", "einops", "imageio",
        "imageio_ffmpeg", "huggingface_hub", "tqdm", "easydict", "ftfy", "regex", "loguru", "attr",
    ];

    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, string> _programs = new()
    {
        // One line, in which only the place is not known before.
        ["python3"] = """
            case $6 in
              facts) read -r line < "${0%/*}/../facts.json"; printf '%s%s%s\n' "${line%%@HERE@*}" "$PWD" "${line#*@HERE@}" ;;
              imports) read -r line < "${0%/*}/../imports.json"; printf '%s\n' "$line" ;;
            esac
            """,
        ["ffmpeg"] = "echo ' V....D libx264              libx264 H.264'; echo ' A....D aac                  AAC'",
        ["ffprobe"] = "echo 'ffprobe version 6.1'",
    };

    private double _memory = 200e9;

    public PlayedMachine(string card = "NVIDIA A100-SXM4-80GB, 81920, 535.104.05, 8.0")
    {
        var checkout = MakeCheckout();
        Volume = new FakeVolume(_directory["volume"]);
        Options = new() { Engine = Engine.MultiTalk, Checkout = checkout, Models = Volume.Root, Workspaces = _directory["workspaces"] };
        Facts = WellKept(checkout);
        Imports = new(_imports.Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["problem"] = null, ["text"] = "" })));
        Imports["flash_attn_interface"] = Missing("flash_attn_interface");
        GiveCard(card);
    }

    /// <summary>The settings of its runner.</summary>
    public RunnerOptions Options { get; }

    /// <summary>Its model volume: the full model, whole.</summary>
    public FakeVolume Volume { get; }

    /// <summary>What its Python sees.</summary>
    public JsonObject Facts { get; }

    /// <summary>How its imports go.</summary>
    public JsonObject Imports { get; }

    /// <summary>What its driver's library says.</summary>
    public JsonObject Cuda { get; private set; } = [];

    /// <summary>Where programs are looked for before its own.</summary>
    public string EarlierPath { get; set; } = "";

    /// <summary>The free bytes of every disk.</summary>
    public long FreeBytes { get; set; } = 100_000_000_000;

    /// <summary>An import that finds no module.</summary>
    public static JsonObject Missing(string module) => new() { ["problem"] = "missing", ["missing"] = module, ["text"] = $"ModuleNotFoundError: No module named '{module}'" };

    /// <summary>An import that fails.</summary>
    public static JsonObject Broken(string text, string problem = "error") => new() { ["problem"] = problem, ["text"] = text };

    /// <summary>A card, as its <c>nvidia-smi</c> and its driver's library have it.</summary>
    public void GiveCard(string line)
    {
        SetProgram("nvidia-smi", $"[ \"$1\" = {Query} ] && echo '{line}'");
        var fields = line.Split(", ");
        Cuda = new()
        {
            ["version"] = 12020,
            ["devices"] = new JsonArray(new JsonObject
            {
                ["name"] = fields[0],
                ["bytes"] = double.TryParse(fields[1], CultureInfo.InvariantCulture, out var mib) ? mib * 1024 * 1024 : 0,
                ["capability"] = double.TryParse(fields[3], CultureInfo.InvariantCulture, out var capability) ? capability : 0,
            }),
            ["text"] = "",
        };
    }

    /// <summary>Takes the card away.</summary>
    public void TakeCard()
    {
        _programs.Remove("nvidia-smi");
        Cuda = new() { ["version"] = 0, ["devices"] = new JsonArray(), ["text"] = "libcuda.so.1: cannot open shared object file" };
    }

    /// <summary>Puts a program on its path; null takes it away.</summary>
    public void SetProgram(string name, string? script)
    {
        if (script is null)
            _programs.Remove(name);
        else
            _programs[name] = script;
    }

    /// <summary>The memory of the machine.</summary>
    public void SetMemory(double bytes) => _memory = bytes;

    /// <summary>Writes a file below <c>proc</c> or <c>cgroup</c>.</summary>
    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory[path])!);
        _directory.Write(path, content);
    }

    /// <summary>A path of its own.</summary>
    public string PathOf(string path) => _directory[path];

    /// <summary>Sends the doctor.</summary>
    public async Task<DoctorReport> ExamineAsync(TimeSpan? patience = null)
    {
        Write("proc/meminfo", string.Create(CultureInfo.InvariantCulture, $"MemTotal:       {(long)(_memory / 1024)} kB\nMemFree:        1 kB\n"));
        _directory.Write("facts.json", Facts.ToJsonString() + "\n");
        _directory.Write("imports.json", new JsonObject { ["firstStep"] = true, ["cuda"] = Cuda.DeepClone(), ["imports"] = Imports.DeepClone() }.ToJsonString() + "\n");
        Directory.CreateDirectory(_directory["scripts"]);
        foreach (var (name, script) in _programs)
            Write($"scripts/{name}", $"#!/bin/sh\n{script}\n");
        // By another process: what we had open for writing could not be run while a child of another test still holds it.
        await Cli.Wrap("sh").WithArguments(["-c", "rm -rf \"$2\" && cp -r \"$1\" \"$2\" && chmod -R +x \"$2\"", "sh", _directory["scripts"], _directory["bin"]]).ExecuteAsync(TestContext.Current.CancellationToken);

        var machine = new Machine
        {
            Proc = _directory["proc"],
            Cgroup = _directory["cgroup"],
            SearchPath = $"{EarlierPath}:{_directory["bin"]}",
            FreeBytes = _ => FreeBytes,
            Patience = patience ?? TimeSpan.FromSeconds(20),
        };
        return await new Doctor(Options, machine).ExamineAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();

    private static JsonObject WellKept(string checkout) => JsonNode.Parse($$"""
        {
          "version": "3.10.13", "executable": "/usr/bin/python3.10", "argSpec": true, "directory": "@HERE@",
          "sees": ["assets", "generate_multitalk.py", "image.png", "input.json", "kokoro", "src", "voice1.wav", "wan", "weights"],
          "weights": {"Kokoro-82M": 3, "MeiGen-MultiTalk": 2, "Wan2.1-I2V-14B-480P": 15, "chinese-wav2vec2-base": 3},
          "inputs": {"files": {"image.png": true, "voice1.wav": true}, "problem": null},
          "scriptDirectory": "{{checkout}}", "environment": ["HOME", "PATH", "PYTHONUNBUFFERED"],
          "versions": {
            "torch": "2.4.1+cu121", "torchvision": "0.19.1+cu121", "torchaudio": "2.4.1+cu121", "xformers": "0.0.28", "flash-attn": "2.6.1",
            "transformers": "4.49.0", "diffusers": "0.34.0", "xfuser": "0.4.1", "numpy": "1.26.4", "numba": "0.59.1", "optimum-quanto": "0.2.6",
            "misaki": "0.9.4", "tokenizers": "0.21.0", "accelerate": "1.4.0",
            "librosa": "0.11.0", "scipy": "1.15.3"
          },
          "modules": {
            "wan": "{{checkout}}/wan", "src": "{{checkout}}/src", "kokoro": "{{checkout}}/kokoro", "sageattention": null,
            "en_core_web_sm": "/usr/lib/python3/en_core_web_sm"
          },
          "user": "runner",
          "caches": [
            {"name": "HOME", "path": "/home/runner", "problem": null}, {"name": "TORCHINDUCTOR_CACHE_DIR", "path": "/tmp/i", "problem": null},
            {"name": "TRITON_CACHE_DIR", "path": "/tmp/t", "problem": null}, {"name": "NUMBA_CACHE_DIR", "path": "/tmp/n", "problem": null},
            {"name": "MPLCONFIGDIR", "path": "/tmp/m", "problem": null}, {"name": "TMPDIR", "path": "/tmp", "problem": null}
          ],
          "compiler": {"path": "/usr/bin/gcc", "problem": null, "header": "/usr/include/Python.h", "headerFound": true},
          "espeakData": "/usr/share/espeak-ng-data"
        }
        """)!.AsObject();

    private string MakeCheckout()
    {
        var checkout = _directory["checkout"];
        foreach (var folder in ColabLayout.CheckoutFolders)
            Directory.CreateDirectory(Path.Combine(checkout, folder));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "python", "preview", ColabLayout.Script), Path.Combine(checkout, ColabLayout.Script));
        // Its arguments are upstream's; this is what tells upstream's script.
        File.AppendAllText(Path.Combine(checkout, ColabLayout.Script), "\nimport wan\n");
        return checkout;
    }
}
