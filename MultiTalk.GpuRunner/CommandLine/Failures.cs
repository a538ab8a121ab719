using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Turns what can go wrong into words on stderr and an exit code.</summary>
internal static class Failures
{
    /// <summary>Runs an action.</summary>
    /// <returns>Its exit code, or that of its failure.</returns>
    public static async Task<int> ExplainAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted; nothing of it runs any more.");
            return ExitCode.Interrupted;
        }
        catch (InvalidRequestException exception)
        {
            foreach (var problem in exception.Problems)
                await Console.Error.WriteLineAsync($"{InputOptions.NameOf(problem.Field)}: {problem.Message} {problem.Remedy}");
            return ExitCode.Failure;
        }
        catch (OptionsValidationException exception)
        {
            foreach (var failure in exception.Failures)
                await Console.Error.WriteLineAsync(failure);
            return ExitCode.Usage;
        }
        catch (GenerationFailedException exception)
        {
            var error = exception.Error;
            foreach (var line in error.Lines)
                await Console.Error.WriteLineAsync($"  | {line}");
            await Console.Error.WriteLineAsync($"{error.Title} {error.Cause} {error.Remedy} ({error.Code})");
            return ExitCode.Failure;
        }
        catch (Exception exception) when (exception is MissingProgramException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCode.Failure;
        }
    }
}
