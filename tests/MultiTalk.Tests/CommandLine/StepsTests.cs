using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Tests.Execution;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.CommandLine;

/// <summary>A run step by step, as in a notebook, by the runner's own program.</summary>
public sealed class StepsTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RunnerProgram _program;

    public StepsTests() => _program = new(_directory);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_steps_of_a_run_are_done_one_by_one_and_again()
    {
        await PrepareAsync();
        Assert.Equal(["MultiTalk", "kept", "rerun.sh", "run.json"], Names("steps"));
        Assert.Equal(["image.png", "input.json", "voice1.wav"], Names("steps/MultiTalk").Intersect(["image.png", "input.json", "voice1.wav"]));

        var check = await SucceedAsync("check", "--workspace", "steps");
        Assert.Contains("all that the script opens is where it looks for it", check, StringComparison.Ordinal);
        using (var parity = JsonDocument.Parse(File.ReadAllText(_directory["steps/parity.json"])))
            Assert.Equal(9, parity.RootElement.GetArrayLength());

        for (var again = 0; again < 2; again++)
        {
            await SucceedAsync("run", "--workspace", "steps");
            Assert.Equal("0\n", await File.ReadAllTextAsync(_directory["steps/exit-code"], Cancellation));
            Assert.Contains("INFO: Finished.", await File.ReadAllTextAsync(_directory["steps/stdout.log"], Cancellation), StringComparison.Ordinal);
            var collected = await SucceedAsync("collect", "--workspace", "steps", "--out", "talk.mp4");
            Assert.StartsWith("talk.mp4: 97 frames, 3.88 s, 640×640, 2 steps, engine preview, seed 42", collected, StringComparison.Ordinal);
            Assert.Equal(97, (await MediaProbe.StreamsAsync(_directory["talk.mp4"], Cancellation)).Frames);
        }

        // By hand, too, and collected after it.
        var rerun = await Cli.Wrap(_directory["steps/rerun.sh"]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Cancellation);
        Assert.True(rerun.IsSuccess, rerun.StandardError);
        await SucceedAsync("collect", "--workspace", "steps");
        Assert.Equal(["MultiTalk", "exit-code", "kept", "parity.json", "rerun.sh", "run.json", "stderr.log", "stdout.log", "video.mp4"], Names("steps"));
        Assert.Equal(["steps", "talk.mp4", "tmp"], _directory.Names.Order(StringComparer.Ordinal));
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task A_run_beside_Colabs_line_by_line()
    {
        await PrepareAsync();
        var lines = (await SucceedAsync("explain", "--workspace", "steps")).Split('\n');
        Assert.Contains(lines, line => line.StartsWith("    --ckpt_dir weights/Wan2.1-I2V-14B-480P ", StringComparison.Ordinal) && line.EndsWith("  --ckpt_dir weights/Wan2.1-I2V-14B-480P", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  ≠ --sample_steps 20 ", StringComparison.Ordinal) && line.EndsWith(" --sample_steps 2", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  +", StringComparison.Ordinal) && line.EndsWith(" --base_seed 42", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("    PYTHONPATH not set ", StringComparison.Ordinal) && line.EndsWith(" PYTHONPATH not set", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("    input.json ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("    weights/MeiGen-MultiTalk", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_not_run_cannot_be_collected()
    {
        await PrepareAsync();
        Assert.Contains("(script_not_run)", await FailAsync("collect", "--workspace", "steps"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image.png", "image.png, which is not in the workspace")]
    [InlineData("input.json", "input.json cannot be read")]
    [InlineData("generate_multitalk.py", "There is no generate_multitalk.py")]
    public async Task A_check_names_what_is_missing(string name, string words)
    {
        await PrepareAsync();
        File.Delete(_directory[$"steps/MultiTalk/{name}"]);
        Assert.Contains(words, await FailAsync("check", "--workspace", "steps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_names_a_link_that_leads_nowhere()
    {
        await PrepareAsync();
        File.CreateSymbolicLink(_directory["steps/MultiTalk/wan"], "/nowhere/wan");
        Assert.Contains("wan leads to /nowhere/wan", await FailAsync("check", "--workspace", "steps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_names_a_voice_that_became_too_short()
    {
        await PrepareAsync();
        await Ffmpeg.VoiceAsync("sine=r=16000:d=0.5", _directory["steps/MultiTalk/voice1.wav"], "-c:a pcm_s16le -bitexact");
        Assert.Contains("voice1.wav has 8,000 samples", await FailAsync("check", "--workspace", "steps"), StringComparison.Ordinal);
        _directory.Write("steps/MultiTalk/voice1.wav", "no sound");
        Assert.Contains("voice1.wav has 0 samples", await FailAsync("check", "--workspace", "steps"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt":"x","cond_audio":{}}""", "input.json cannot be read")]
    [InlineData("""{"prompt":"x","cond_image":"/etc/hostname","cond_audio":{}}""", "input.json names /etc/hostname")]
    public async Task A_check_names_inputs_that_are_none(string json, string words)
    {
        await PrepareAsync();
        _directory.Write("steps/MultiTalk/input.json", json);
        Assert.Contains(words, await FailAsync("check", "--workspace", "steps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_run_at_a_time_works_in_a_workspace()
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        _program.Set("Runner__Checkout", checkout.Path);
        await PrepareAsync();
        var pipe = checkout.OpenPipeAsync();
        var first = _program.Start("run", "--workspace", "steps");
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        foreach (var verb in new[] { "run", "check", "collect" })
            Assert.NotEmpty(await FailAsync(verb, "--workspace", "steps"));
        Assert.NotEmpty(await FailAsync(Prepare("steps")));

        // The first one works on, and ends with everything it started.
        Assert.NotEmpty(FakeCheckout.WorkingIn(_directory["steps"]));
        await RunnerProgram.SignalAsync("INT", first.ProcessId);
        Assert.Equal(130, (await first).ExitCode);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Contains("run.json", Names("steps"));
        Assert.DoesNotContain("exit-code", Names("steps"));
    }

    [Fact]
    public async Task Nobodys_directory_is_taken_for_a_workspace()
    {
        Directory.CreateDirectory(_directory["mine"]);
        File.WriteAllText(_directory["mine/diary.txt"], "dear");
        Assert.StartsWith("--workspace: ", await FailAsync([.. Prepare("mine")]), StringComparison.Ordinal);
        foreach (var verb in new[] { "check", "run", "collect", "explain" })
            Assert.Contains("is no workspace", await FailAsync(verb, "--workspace", "mine"), StringComparison.Ordinal);
        Assert.Equal(["diary.txt"], Names("mine"));
    }

    public void Dispose() => _directory.Dispose();

    private static string[] Prepare(string workspace) =>
        ["prepare", "--workspace", workspace, "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice-left.wav"), "--prompt", Samples.Prompt, "--trim", "true", "--mode", "clip", "--steps", "2", "--seed", "42"];

    private Task<string> PrepareAsync() => SucceedAsync(Prepare("steps"));

    private IEnumerable<string?> Names(string directory) => Directory.EnumerateFileSystemEntries(_directory[directory]).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private async Task<string> SucceedAsync(params string[] arguments)
    {
        var result = await _program.Start(arguments);
        Assert.True(result.IsSuccess, result.StandardError + result.StandardOutput);
        return result.StandardOutput;
    }

    private async Task<string> FailAsync(params string[] arguments)
    {
        var result = await _program.Start(arguments);
        Assert.Equal(1, result.ExitCode);
        return result.StandardError;
    }
}
