using CliWrap;

namespace MultiTalk.Tests.CommandLine;

/// <summary>What <c>--out</c> may name. Nothing else is given, so that only what was refused first is told.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RunnerProgram _program;

    public OutputFileTests() => _program = new(_directory);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("link-to-null")]
    [InlineData("fifo")]
    public async Task A_device_or_a_pipe_is_refused_and_stays(string name)
    {
        await Cli.Wrap("mkfifo").WithArguments([_directory["fifo"]]).ExecuteAsync(Cancellation);
        File.CreateSymbolicLink(_directory["link-to-null"], "/dev/null");

        await RefusedAsync(name, "ordinary file");

        Assert.Equal(["fifo", "link-to-null", "tmp"], _directory.Names);
        Assert.Equal(0, (await Cli.Wrap("test").WithArguments(["-c", "/dev/null", "-a", "-p", _directory["fifo"]]).ExecuteAsync(Cancellation)).ExitCode);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" ", "empty")]
    [InlineData("/", "is a directory")]
    [InlineData("tmp", "is a directory")]
    [InlineData("loop", "")]
    public async Task What_is_no_file_is_refused_in_a_sentence(string name, string reason)
    {
        File.CreateSymbolicLink(_directory["loop"], _directory["loop"]);
        await RefusedAsync(name, reason);
    }

    [Theory]
    [InlineData(255, "--image:")]
    [InlineData(256, "--out: The name of the video is longer than 255 bytes.")]
    public async Task A_name_may_be_as_long_as_the_system_takes(int length, string error)
    {
        var result = await _program.Start("generate", "--out", new string('a', length - 4) + ".mp4");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(error, result.StandardError, StringComparison.Ordinal);
        Assert.Equal(["tmp"], _directory.Names);
    }

    [Fact]
    public async Task A_link_stays_and_what_it_points_to_is_replaced()
    {
        Directory.CreateDirectory(_directory["videos"]);
        File.WriteAllText(_directory["videos/real.mp4"], "the one of yesterday");
        File.CreateSymbolicLink(_directory["near.mp4"], "videos/real.mp4");
        File.CreateSymbolicLink(_directory["talk.mp4"], "near.mp4");

        var result = await _program.Start(
            "generate", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", Samples.Prompt, "--steps", "1", "--out", "talk.mp4");

        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        Assert.Equal("near.mp4", new FileInfo(_directory["talk.mp4"]).LinkTarget);
        Assert.True(new FileInfo(_directory["videos/real.mp4"]).Length > 1_000);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory["videos"]));
    }

    public void Dispose() => _directory.Dispose();

    private async Task RefusedAsync(string name, string reason)
    {
        var result = await _program.Start("generate", "--out", name);
        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.StartsWith("--out: ", result.StandardError, StringComparison.Ordinal);
        Assert.Contains(reason, result.StandardError, StringComparison.Ordinal);
        Assert.Single(result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
