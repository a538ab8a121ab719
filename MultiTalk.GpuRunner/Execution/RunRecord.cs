using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>What a workspace was made for. It lies beside the script's directory, so that the steps of a run can be done one by one.</summary>
/// <param name="Job">The job, or <c>local</c>.</param>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Plan">What to run.</param>
public sealed record RunRecord(string Job, string Prompt, GenerationPlan Plan)
{
    /// <summary>The file with the exit code of the script; there is none while it runs, and after it was stopped.</summary>
    internal const string ExitCode = "exit-code";

    private const string Name = "run.json";
    private const string ParityName = "parity.json";

    private static readonly string[] _beside =
        [.. Workspace.Own, Name, ParityName, ExitCode, KeptFailure.Name, Rerun.Name, RunLogs.Output, RunLogs.Errors, OutputCollector.Video, OutputCollector.Video + ".part"];

    /// <summary>Whether something of this name in the home of a workspace was written by the runner.</summary>
    public static bool IsOurs(string name) => _beside.Contains(name);

    /// <summary>Reads that of a workspace.</summary>
    /// <exception cref="InvalidDataException">There is none that can be read.</exception>
    public static RunRecord Read(Workspace workspace)
    {
        try
        {
            var record = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(workspace.Home, Name)), ContractsJson.Default.RunRecord) ?? throw new JsonException("It is empty.");
            int[] counts = [record.Plan.Segments, record.Plan.Steps, record.Plan.Frames, record.Plan.Width, record.Plan.Height, record.Plan.Gpus];
            return counts.Min() > 0 ? record : throw new JsonException("A number is not above 0.");
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException)
        {
            throw new InvalidDataException($"{workspace.Home} does not say what it was made for: {Name} cannot be read ({exception.Message}) Make it again with the verb prepare.", exception);
        }
    }

    /// <summary>Writes it into a workspace.</summary>
    public void Write(Workspace workspace) =>
        File.WriteAllBytes(Path.Combine(workspace.Home, Name), JsonSerializer.SerializeToUtf8Bytes(this, ContractsJson.Default.RunRecord));

    /// <summary>Writes how this machine compares with Colab.</summary>
    public static void WriteParity(Workspace workspace, IReadOnlyList<ParityCheck> parity) =>
        File.WriteAllBytes(Path.Combine(workspace.Home, ParityName), JsonSerializer.SerializeToUtf8Bytes(parity, ContractsJson.Default.IReadOnlyListParityCheck));

    /// <summary>Writes how the script ended; null takes back what was written, before it starts.</summary>
    public static void WriteExitCode(Workspace workspace, int? exitCode)
    {
        var path = Path.Combine(workspace.Home, ExitCode);
        try
        {
            File.Delete(path);
            if (exitCode is { } code)
                File.WriteAllText(path, FormattableString.Invariant($"{code}\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // On a full disk the run itself says so, and better.
        }
    }

    /// <summary>How the script ended; null if it did not run, or was stopped.</summary>
    public static int? ReadExitCode(Workspace workspace) =>
        Path.Combine(workspace.Home, ExitCode) is var path && File.Exists(path) && int.TryParse(File.ReadAllText(path), out var code) ? code : null;
}
