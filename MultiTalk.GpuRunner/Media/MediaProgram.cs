using System.ComponentModel;
using System.Text;
using CliWrap;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Media;

/// <summary>Runs ffmpeg and ffprobe: no stdin, an allow-listed environment, bounded output, bounded time.</summary>
internal static class MediaProgram
{
    /// <summary>
    /// Options that every conversion starts with. No single allocation may be larger than a picture of 50 megapixels needs at
    /// 16 bits a channel (400 MB and its padding): what a damaged or malicious file announces is not believed.
    /// </summary>
    public static string[] Convert => ["-v", "error", "-nostdin", "-y", "-max_alloc", "480000000"];

    /// <summary>
    /// Options that stand before every input. The demuxer is forced, because ffmpeg would otherwise follow a playlist or a
    /// concat script whatever the file is called, and only local files can be opened.
    /// </summary>
    public static string[] Input(string demuxer, string path) => ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", $"file:{path}"];

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="MissingProgramException">It is not installed.</exception>
    /// <exception cref="DiskFullException">It could not write what it made.</exception>
    /// <exception cref="TimeoutException">It took longer than <paramref name="limit"/> and was killed.</exception>
    public static async Task<MediaProgramResult> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        var result = await RunAsync(program, arguments, BoundedText.To(output), limit, cancellationToken);
        return result with { Output = output.ToString() };
    }

    /// <summary>Runs a program to its end whose stdout is no text: it goes to <paramref name="output"/>.</summary>
    /// <inheritdoc cref="RunAsync(string, IEnumerable{string}, TimeSpan, CancellationToken)"/>
    public static async Task<MediaProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, PipeTarget output, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var errors = new StringBuilder();
        try
        {
            var result = await Cli.Wrap(program)
                .WithArguments(arguments)
                .WithEnvironmentVariables(ChildEnvironment.Changes())
                .WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(output)
                .WithStandardErrorPipe(BoundedText.To(errors))
                .ExecuteAsync(either.Token);
            // Ctrl-C reaches the program too, and its death by it says nothing about the file.
            cancellationToken.ThrowIfCancellationRequested();
            return DiskFullException.Means(errors.ToString())
                ? throw new DiskFullException()
                : new(result.ExitCode, "", errors.ToString());
        }
        catch (Win32Exception exception)
        {
            throw new MissingProgramException(program, "ffmpeg", exception);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{program} did not end within {limit.TotalSeconds:0} s and was killed.", exception);
        }
    }
}

/// <summary>How ffmpeg or ffprobe ended.</summary>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">The start of stdout; empty if it went elsewhere.</param>
/// <param name="Errors">The start of stderr.</param>
internal sealed record MediaProgramResult(int ExitCode, string Output, string Errors);
