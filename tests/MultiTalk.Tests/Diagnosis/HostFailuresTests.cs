using System.Text.Json.Nodes;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.Tests.Colab;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>
/// The failures that others have met with MultiTalk and that a host can be known for before it is given a job: each is brought
/// about on a machine that was as Colab, and each is found, and by its name.
/// </summary>
public sealed class HostFailuresTests : IDisposable
{
    private readonly PlayedMachine _machine = new();

    /// <summary>Number in the list of failures, what to do to the machine, and every probe that fails then.</summary>
    private static readonly Dictionary<string, (Action<PlayedMachine> Do, string[] Probes)> _failures = new()
    {
        ["1 misaki is not installed"] = (machine => { machine.Facts["versions"]!["misaki"] = null; machine.Imports["misaki"] = PlayedMachine.Missing("misaki"); }, ["pin_misaki", "import_misaki"]),
        ["2 Python 3.11 has no ArgSpec"] = (machine => { machine.Facts["version"] = "3.11.9"; machine.Facts["argSpec"] = false; }, ["python_version"]),
        ["3 flash-attn was built for another torch"] = (machine => machine.Imports["flash_attn"] = PlayedMachine.Broken("ImportError: flash_attn_2_cuda.so: undefined symbol: _ZN3c104"), ["import_flash_attn"]),
        ["3 flash-attn 3 is broken"] = (machine => machine.Imports["flash_attn_interface"] = PlayedMachine.Broken("ImportError: undefined symbol"), ["import_flash_attn_interface"]),
        ["4 flash-attn is not installed"] = (machine => { machine.Facts["versions"]!["flash-attn"] = null; machine.Imports["flash_attn"] = PlayedMachine.Missing("flash_attn"); }, ["pin_flash_attn", "import_flash_attn"]),
        ["5 a card before Ampere"] = (machine => machine.GiveCard("Tesla V100-SXM2-32GB, 32768, 535.104.05, 7.0"), ["gpu_compute"]),
        ["6 a transformers that wants another torch"] = (machine => machine.Facts["versions"]!["transformers"] = "4.57.1", ["pin_transformers"]),
        ["7 a transformers without output_attentions"] = (machine => machine.Facts["versions"]!["transformers"] = "4.50.0", ["pin_transformers"]),
        ["8 an xfuser for another torch"] = (machine => { machine.Facts["versions"]!["xfuser"] = "0.4.5"; machine.Imports["xfuser.core.distributed"] = PlayedMachine.Missing("torch.distributed.tensor.experimental"); }, ["pin_xfuser", "import_xfuser_core_distributed"]),
        ["9 an xfuser without yunchang"] = (machine => machine.Imports["xfuser.core.distributed"] = PlayedMachine.Missing("yunchang"), ["import_xfuser_core_distributed"]),
        ["10 numpy 2"] = (machine => { machine.Facts["versions"]!["numpy"] = "2.1.0"; machine.Imports["librosa"] = PlayedMachine.Broken("ImportError: Numba needs NumPy 1.26 or less"); }, ["pin_numpy", "import_librosa"]),
        ["10 a librosa of another time"] = (machine => machine.Facts["versions"]!["librosa"] = "1.0.0", ["pin_librosa"]),
        ["10 an old scipy"] = (machine => machine.Facts["versions"]!["scipy"] = "1.9.3", ["pin_scipy"]),
        ["1 another misaki"] = (machine => machine.Facts["versions"]!["misaki"] = "0.10.0", ["pin_misaki"]),
        ["10 another numba"] = (machine => machine.Facts["versions"]!["numba"] = "0.60.0", ["pin_numba"]),
        ["11 torchvision from another index"] = (machine => machine.Facts["versions"]!["torchvision"] = "0.19.1+cu118", ["pin_cuda"]),
        ["11 a torch for the processor"] = (machine => machine.Imports["torch"]!["text"] = "2.4.1+cpu", ["pin_cuda"]),
        ["12 xformers without its compiled part"] = (machine => machine.Imports["xformers.ops"]!["note"] = "xFormersInvalidLibException: xFormers can't load C++/CUDA extensions", ["import_xformers_extensions"]),
        ["13 an old diffusers"] = (machine => { machine.Facts["versions"]!["diffusers"] = "0.25.0"; machine.Imports["diffusers"] = PlayedMachine.Broken("ImportError: cannot import name 'cached_download'"); }, ["pin_diffusers", "import_diffusers"]),
        ["14 no C compiler"] = (machine => machine.Facts["compiler"]!["path"] = "", ["python_compiler"]),
        ["14 a C compiler without a C library"] = (machine => machine.Facts["compiler"]!["problem"] = "stdlib.h: No such file", ["python_compiler"]),
        ["14 no Python.h"] = (machine => machine.Facts["compiler"]!["headerFound"] = false, ["python_headers"]),
        ["15 a user without a name"] = (machine => { machine.Facts["user"] = null; SetCache(machine, 1, "no directory"); }, ["python_user", "cache_torchinductor"]),
        ["16 numba cannot write its cache"] = (machine => SetCache(machine, 3, "Read-only file system"), ["cache_numba"]),
        ["16 Triton cannot load what it compiled"] = (machine => SetCache(machine, 2, "mounted noexec"), ["cache_triton"]),
        ["17 no card"] = (machine => machine.TakeCard(), ["gpu", "gpu_memory", "gpu_compute", "gpu_driver", "gpu_cuda"]),
        ["17 a driver that lets no job compute"] = (machine => { machine.Cuda["devices"] = new JsonArray(); machine.Cuda["text"] = "libcuda.so.1: cannot open"; }, ["gpu_cuda"]),
        ["17 an old driver"] = (machine => machine.GiveCard("NVIDIA A10G, 23028, 470.57.02, 8.6"), ["gpu_driver"]),
        ["18 no index"] = (machine => Damage(machine, ColabLayout.MultiTalkModel, ColabLayout.Index, "deleted"), ["model_sets", "model_index_missing"]),
        ["19 the base model's index"] = (machine => Damage(machine, ColabLayout.MultiTalkModel, ColabLayout.Index, "the base model's"), ["model_sets", "model_index_not_multitalk"]),
        ["20 a truncated file"] = (machine => Damage(machine, ColabLayout.BaseModel, FakeVolume.Shard(3), "cut off"), ["model_sets", "model_file_truncated"]),
        ["20 a pointer for a file"] = (machine => Damage(machine, ColabLayout.BaseModel, FakeVolume.Vae, "a pointer"), ["model_sets", "model_file_is_pointer"]),
        ["21 no tokenizer"] = (machine => Damage(machine, ColabLayout.BaseModel, "google/umt5-xxl", "deleted"), ["model_sets", "model_folder_missing"]),
        ["21 no wav2vec"] = (machine => Directory.Delete(machine.Volume.FolderOf(ColabLayout.Wav2Vec), recursive: true), ["model_sets", "model_folder_missing"]),
        ["22 no volume"] = (machine => machine.Options.Models = null, ["model_sets"]),
        ["23 no map beside the quantized model"] = (machine =>
            {
                machine.Volume.AddQuantized();
                Damage(machine, ColabLayout.MultiTalkModel, "quant_models/quantization_map_int8_FusionX.json", "deleted");
            }, ["model_quant_map_missing"]),
        ["24 a LoRA of another layout"] = (machine => machine.Volume.AddLora("foreign.safetensors", "lora_unet_blocks_0.lora_A.weight", "lora_unet_blocks_0.lora_B.weight"), ["model_lora_layout"]),
        ["37 too little memory"] = (machine => machine.SetMemory(32e9), ["host_memory"]),
        ["42 no ffmpeg"] = (machine => machine.SetProgram("ffmpeg", null), ["host_ffmpeg"]),
        ["42 an ffmpeg without libx264"] = (machine => machine.SetProgram("ffmpeg", "echo ' A....D aac   AAC'"), ["host_ffmpeg"]),
        ["43 a full disk"] = (machine => machine.FreeBytes = 100_000, ["host_disk", "host_temporary"]),
        ["46 no model of English"] = (machine => machine.Facts["modules"]!["en_core_web_sm"] = null, ["tts_spacy"]),
        ["46 no data of espeak"] = (machine => machine.Facts["espeakData"] = null, ["tts_espeak"]),
        ["48 sageattention"] = (machine => machine.Facts["modules"]!["sageattention"] = "/usr/lib/python3/sageattention", ["python_sageattention"]),
        ["another src"] = (machine => machine.Facts["modules"]!["src"] = "/usr/lib/python3/src", ["checkout_src"]),
        ["PYTHONPATH"] = (machine => machine.Facts["environment"]!.AsArray().Add("PYTHONPATH"), ["python_environment"]),
        ["a script of another time"] = (machine => File.WriteAllText(Path.Combine(machine.Options.Checkout!, ColabLayout.Script), "import wan\nadd('--ckpt_dir')"), ["checkout_flags"]),
    };

    // What only decides which jobs a runner gets, or is bad style and no more.
    private static readonly HashSet<string> _harmless =
    [
        "1 another misaki", "10 a librosa of another time", "10 an old scipy", "10 another numba", "11 torchvision from another index", "11 a torch for the processor", "23 no map beside the quantized model",
        "24 a LoRA of another layout", "46 no model of English", "46 no data of espeak", "PYTHONPATH",
    ];

    /// <summary>All of them.</summary>
    public static TheoryData<string> Failures => [.. _failures.Keys];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Is_found_before_a_job_is_given(string failure)
    {
        var (bringAbout, codes) = _failures[failure];
        bringAbout(_machine);
        var report = await _machine.ExamineAsync();

        Assert.Equal(codes.Order(StringComparer.Ordinal), report.Probes.Where(probe => !probe.Ok).Select(probe => probe.Code).Order(StringComparer.Ordinal));
        Assert.All(report.Probes.Where(probe => !probe.Ok), probe => Assert.True(probe.Here.Length > 0 && probe.Expected.Length > 0 && probe.Remedy.Length > 0));
        Assert.False(report.Ok);
        Assert.Equal(_harmless.Contains(failure), report.Abilities.Blockers.Count == 0);
    }

    [Fact]
    public void Every_failure_of_a_host_is_in_the_list()
    {
        int[] host = [.. Enumerable.Range(1, 24), 37, 42, 43, 46, 48];
        Assert.Empty(host.Except(_failures.Keys.Select(key => key.Split(' ')[0]).Where(word => int.TryParse(word, out _)).Select(int.Parse)));
    }

    public void Dispose() => _machine.Dispose();

    private static void SetCache(PlayedMachine machine, int index, string problem) => machine.Facts["caches"]![index]!["problem"] = problem;

    private static void Damage(PlayedMachine machine, string folder, string file, string damage) => VolumeDamage.Do(machine.Volume.PathOf(folder, file), damage);
}
