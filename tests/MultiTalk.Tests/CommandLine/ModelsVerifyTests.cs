using System.Diagnostics;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.Tests.Colab;

namespace MultiTalk.Tests.CommandLine;

public sealed class ModelsVerifyTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RunnerProgram _program;
    private readonly FakeVolume _volume;

    public ModelsVerifyTests() => (_program, _volume) = (new(_directory), new(_directory["models"]));

    [Fact]
    public async Task A_volume_of_a_hundred_gigabytes_is_verified_in_seconds()
    {
        Assert.True(_volume.Size > 90_000_000_000);
        var clock = Stopwatch.StartNew();
        var (exitCode, output) = await VerifyAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{_volume.Size / 1e9:0} GB: {clock.Elapsed.TotalSeconds:0.00} s with the start of the program");

        Assert.Equal(0, exitCode);
        Assert.Contains("whole: bf16", output, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public async Task A_truncated_shard_is_named() =>
        await NotWholeAsync(() => Shorten(_volume.PathOf(ColabLayout.BaseModel, "diffusion_pytorch_model-00003-of-00007.safetensors")), "diffusion_pytorch_model-00003-of-00007.safetensors", "file_truncated");

    [Fact]
    public async Task A_pointer_file_is_named() =>
        await NotWholeAsync(() => File.WriteAllText(_volume.PathOf(ColabLayout.BaseModel, "models_t5_umt5-xxl-enc-bf16.pth"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "models_t5_umt5-xxl-enc-bf16.pth", "file_is_pointer");

    [Fact]
    public async Task An_index_that_is_not_MultiTalks_is_named() =>
        await NotWholeAsync(() => File.WriteAllText(_volume.PathOf(ColabLayout.MultiTalkModel, ColabLayout.Index), """{"metadata":{},"weight_map":{"blocks.0.cross_attn.k.weight":"diffusion_pytorch_model-00001-of-00007.safetensors"}}"""), ColabLayout.Index, "index_not_multitalk");

    [Fact]
    public async Task The_base_models_own_index_in_the_place_of_MultiTalks_is_named() =>
        await NotWholeAsync(() => File.Copy(_volume.PathOf(ColabLayout.BaseModel, ColabLayout.Index), _volume.PathOf(ColabLayout.MultiTalkModel, ColabLayout.Index), overwrite: true), ColabLayout.Index, "index_not_multitalk");

    [Theory]
    [InlineData("--need", "int8", "dit_model_int8.safetensors")]
    [InlineData("--need", "tts", "Kokoro-82M")]
    [InlineData("--need", "lora:mine.safetensors", "NEEDED: lora:mine.safetensors")]
    [InlineData("--preset", "fast", "NEEDED: lora:Wan2.1_I2V_14B_FusionX_LoRA.safetensors")]
    [InlineData("--preset", "low-memory", "NEEDED: int8")]
    public async Task What_is_needed_and_not_there_is_named(string option, string value, string words)
    {
        var (exitCode, output) = await VerifyAsync(option, value);
        Assert.Equal(1, exitCode);
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_needed_and_there_will_do_whatever_else_is_missing()
    {
        _volume.AddKokoro();
        File.Delete(_volume.PathOf(ColabLayout.Kokoro, "kokoro-v1_0.pth"));
        Assert.Equal(1, (await VerifyAsync()).ExitCode);
        Assert.Equal(0, (await VerifyAsync("--need", "bf16")).ExitCode);
    }

    [Fact]
    public async Task The_report_can_be_read_by_a_program()
    {
        var (_, output) = await VerifyAsync("--json");
        using var report = JsonDocument.Parse(output);
        Assert.Equal("bf16", report.RootElement.GetProperty("sets")[0].GetString());
        Assert.Equal(0, report.RootElement.GetProperty("problems").GetArrayLength());
    }

    [Theory]
    [InlineData("--need", "everything")]
    [InlineData("--preset", "faster")]
    public async Task A_need_that_is_none_is_refused(string option, string value)
    {
        var result = await _program.Start("models", "verify", "--models", _volume.Root, option, value);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(option + ": ", result.StandardError, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private async Task NotWholeAsync(Action damage, string file, string code)
    {
        damage();
        var (exitCode, output) = await VerifyAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains(output.Split('\n'), line => line.Contains(file, StringComparison.Ordinal) && line.Contains(code, StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output)> VerifyAsync(params string[] arguments)
    {
        var result = await _program.Start(["models", "verify", "--models", _volume.Root, .. arguments]);
        Assert.Equal("", result.StandardError);
        return (result.ExitCode, result.StandardOutput);
    }

    private static void Shorten(string path)
    {
        using var stream = File.OpenWrite(path);
        stream.SetLength(stream.Length - 1);
    }
}
