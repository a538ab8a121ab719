using System.CommandLine;
using System.Text.Json;
using MultiTalk.GpuRunner.Diagnosis;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>doctor</c>: says whether this machine is as Colab is.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON, as the API has it." };

    public DoctorCommand()
        : base("doctor", "Checks whether this machine is as Colab is: nine differences, then every probe with its remedy. Exit codes: 0 if it is, 1 if not, 2 for bad usage, 130 interrupted.")
    {
        Options.Add(_json);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed.GetValue(_json), cancellationToken)));
    }

    private static async Task<int> RunAsync(bool json, CancellationToken cancellationToken)
    {
        var options = LocalOptions.Read();
        var report = await new Doctor(options, Machine.This).ExamineAsync(cancellationToken);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(report, ReadableJson.Contracts.DoctorReport));
        else
            DoctorView.Print(report, options.Engine);
        return report.Ok ? ExitCode.Success : ExitCode.Failure;
    }
}
