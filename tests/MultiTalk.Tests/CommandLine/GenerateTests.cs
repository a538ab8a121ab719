using MultiTalk.GpuRunner.Media;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.CommandLine;

public sealed class GenerateTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RunnerProgram _program;

    public GenerateTests() => _program = new(_directory);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_portrait_and_a_voice_of_ten_seconds_become_a_video()
    {
        _directory.Write("talk.mp4", "the one of yesterday");
        var result = await _program.Start(
            "generate", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", Samples.Prompt,
            "--engine", "preview", "--steps", "4", "--seed", "42", "--out", "talk.mp4");

        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        var video = await MediaProbe.StreamsAsync(_directory["talk.mp4"], Cancellation);
        Assert.Equal(new MediaStreams("h264", "aac", 640, 640, 250, 25, video.AudioSeconds), video);
        var lines = result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Which of them is told depends on how soon each of the script's two streams is read.
        Assert.Contains(lines, line => line.Contains("verifying", StringComparison.Ordinal));
        Assert.Equal("talk.mp4: 250 frames, 10.00 s, 640×640, 4 steps, engine preview, seed 42", lines[^1]);
        Assert.Equal(["talk.mp4", "tmp"], _directory.Names);
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task Bad_input_is_told_field_by_field_with_exit_code_1()
    {
        var result = await _program.Start("generate", "--steps", "0", "--audio-type", "both", "--size", "500", "--out", "talk.mp4");

        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.Equal(["--image:", "--voice (1):", "--prompt:", "--size:", "--steps:", "--audio-type:"],
            result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)]));
        Assert.Equal(["tmp"], _directory.Names);
        Assert.Empty(_program.Left);
    }

    [Theory]
    [InlineData("image.png", "ffconcat version 1.0\nfile /etc/hostname\n", "--image: This is not a picture we can read.")]
    [InlineData("voice.wav", "#EXTM3U\n#EXTINF:10,\nhttp://localhost/a.ts\n", "--voice (1): This is not a sound file we can read.")]
    public async Task A_file_that_is_something_else_is_refused(string name, string content, string error)
    {
        _directory.Write(name, content);
        var (image, voice) = name == "image.png" ? (_directory[name], Samples.Path("voice.wav")) : (Samples.Path("portrait.png"), _directory[name]);
        var result = await _program.Start("generate", "--image", image, "--voice", voice, "--prompt", Samples.Prompt, "--out", "talk.mp4");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(error, result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("talk.mp4", _directory.Names);
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task Two_pictures_are_one_too_many()
    {
        var picture = Samples.Path("portrait.png");
        var result = await _program.Start("generate", "--image", picture, "--image", picture, "--voice", Samples.Path("voice.wav"), "--prompt", "x", "--out", "talk.mp4");
        Assert.Equal((1, "--image: There are several pictures. Name one; two people share it.\n"), (result.ExitCode, result.StandardError));
    }

    [Theory]
    [InlineData("--out", "talk.mp4", "--unknown", "1")]
    [InlineData("--out", "talk.mp4", "--steps", "many")]
    [InlineData("--prompt", "x", "--steps", "1")]
    public async Task Bad_usage_has_exit_code_2(params string[] arguments)
    {
        var result = await _program.Start(["generate", .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.NotEmpty(result.StandardError);
    }

    [Theory]
    [InlineData("--steps", "abc", "1 to 100")]
    [InlineData("--steps", "99999999999", "1 to 100")]
    [InlineData("--size", "4.8", "480")]
    [InlineData("--seed", "0x10", "4294967295")]
    public async Task What_is_no_number_is_told_in_words(string option, string value, string expected)
    {
        var result = await _program.Start("generate", "--out", "talk.mp4", option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"{option}: \"{value}\" is no number", result.StandardError, StringComparison.Ordinal);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("file")]
    public async Task A_bad_directory_for_temporary_files_is_named(string name)
    {
        _directory.Write("file", "");
        _program.Set("TMPDIR", _directory[name]);
        var result = await _program.Start("generate", "--out", "talk.mp4");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"TMPDIR names no directory that can be written: {_directory[name]}", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(["file", "tmp"], _directory.Names);
    }

    [Theory]
    [InlineData("generate", "--out", "talk.mp4")]
    [InlineData("worker")]
    public async Task A_setting_that_cannot_be_read_is_told_in_a_line(params string[] arguments)
    {
        _program.Set("Runner__Heartbeat", "abc");
        var result = await _program.Start(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains("Runner:Heartbeat", result.StandardError, StringComparison.Ordinal);
        Assert.Single(result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_refused_before_the_work()
    {
        var result = await _program.Start("generate", "--out", "nowhere/talk.mp4");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("--out: There is no directory", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_shows_the_last_lines_and_leaves_the_old_video()
    {
        using var checkout = await FakeCheckout.WithAsync("raise RuntimeError('out of ideas')");
        _directory.Write("talk.mp4", "the one of yesterday");
        var result = await StartWith(checkout);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("RuntimeError: out of ideas", result.StandardError, StringComparison.Ordinal);
        Assert.Equal("the one of yesterday", await File.ReadAllTextAsync(_directory["talk.mp4"], Cancellation));
        Assert.Equal(["talk.mp4", "tmp"], _directory.Names);
        Assert.Empty(_program.Left);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task An_interrupt_ends_everything_with_exit_code_130(string signal)
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        var running = StartWith(checkout);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        await RunnerProgram.SignalAsync(signal, running.ProcessId);

        var result = await running;
        Assert.Equal(130, result.ExitCode);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(["tmp"], _directory.Names);
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task A_killed_runner_takes_its_child_along()
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        var running = StartWith(checkout);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        var before = TimeProvider.System.GetTimestamp();
        await RunnerProgram.SignalAsync("KILL", running.ProcessId);

        // The end of the pipe: neither the script nor its child is left.
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        Assert.Equal(137, (await running).ExitCode);
    }

    [Fact]
    public async Task What_a_killed_command_left_goes_when_the_next_one_starts()
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        var running = StartWith(checkout);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        await RunnerProgram.SignalAsync("KILL", running.ProcessId);
        await running;
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.NotEmpty(_program.Left);
        Directory.CreateDirectory(_directory["tmp/multitalk-mine"]);

        // Any verb that needs a place for temporary files; this one then fails.
        Assert.Equal(1, (await _program.Start("generate", "--out", "talk.mp4")).ExitCode);

        Assert.Equal(["multitalk-mine"], _program.Left);
    }

    [Fact]
    public async Task The_real_engine_is_not_started_where_it_cannot_run()
    {
        _program.Set("Runner__Engine", "multitalk");
        _program.Set("Runner__Models", "/nonexistent");
        var result = await _program.Start(
            "generate", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", Samples.Prompt, "--out", "talk.mp4");

        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains("--engine: model files: The model volume /nonexistent is not there.", result.StandardError, StringComparison.Ordinal);
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task The_plan_is_told_without_running_it()
    {
        var result = await _program.Start(
            "plan", "--json", "--image", Samples.Path("couple.png"), "--voice", Samples.Path("voice-left.wav"), "--voice", Samples.Path("voice-right.wav"),
            "--audio-type", "para", "--prompt", Samples.Prompt, "--seed", "3");

        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        var plan = System.Text.Json.JsonSerializer.Deserialize(result.StandardOutput, GpuRunner.Contracts.ContractsJson.Default.GenerationPlan)!;
        Assert.Equal(("para", 3, "streaming"), (plan.AudioType, plan.Seed, plan.Mode));
        Assert.Equal(plan.Speakers[0].Samples, plan.Speakers[1].Samples);
        Assert.Empty(_program.Left);
    }

    [Fact]
    public async Task A_worker_without_a_web_says_what_is_missing()
    {
        var result = await _program.Start();
        Assert.Equal((2, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains("Runner__Web", result.StandardError, StringComparison.Ordinal);
        Assert.Contains("Runner__Token", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_refuses_an_address_without_a_scheme()
    {
        _program.Set("Runner__Token", "secret");
        var result = await _program.Start("worker", "Runner:Web=localhost:5080");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("https://", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_cannot_write_its_workspaces_fails()
    {
        _program.Set("Runner__Token", "secret");
        _program.Set("Runner__Workspaces", _directory.Write("file", ""));
        var result = await _program.Start("worker", "Runner:Web=http://localhost:1");
        Assert.Equal(1, result.ExitCode);
    }

    public void Dispose() => _directory.Dispose();

    private CliWrap.CommandTask<CliWrap.Buffered.BufferedCommandResult> StartWith(FakeCheckout checkout)
    {
        _program.Set("Runner__Checkout", checkout.Path);
        return _program.Start("generate", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", Samples.Prompt, "--out", "talk.mp4");
    }
}
