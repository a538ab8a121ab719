using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using Spectre.Console;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>plan</c>: says what <c>generate</c> would run.</summary>
internal sealed class PlanCommand : Command
{
    private static readonly ContractsJson _readable = new(new JsonSerializerOptions(ContractsJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private readonly InputOptions _inputs = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print the plan as JSON, as the API has it." };

    public PlanCommand()
        : base("plan", $"Checks the inputs and prints what would run, without running it. {ExitCode.Help}")
    {
        _inputs.AddTo(this);
        Options.Add(_json);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var scratch = new Scratch();
        var (_, plan) = await _inputs.PrepareAsync(parsed, scratch.Directory, LocalOptions.Read().Engine, cancellationToken);
        if (parsed.GetValue(_json))
            Console.WriteLine(JsonSerializer.Serialize(plan, _readable.GenerationPlan));
        else
            Print(plan);
        return ExitCode.Success;
    }

    private static void Print(GenerationPlan plan)
    {
        var table = new Table().HideHeaders().Border(TableBorder.None).AddColumns("", "");
        Row("engine", $"{plan.Engine}");
        Row("video", $"{plan.Width}×{plan.Height}, {plan.Frames} frames, {plan.DurationSeconds:0.00} s at {Segmentation.Fps} frames a second");
        Row("sampling", $"{plan.Mode}: {plan.Segments} segments of {plan.Steps} steps");
        Row("voices", $"{string.Join(", ", plan.VoiceSamples.Select(samples => FormattableString.Invariant($"{new VoiceFacts(samples).Seconds:0.00} s")))}{(plan.AudioType is null ? "" : $" ({plan.AudioType})")}");
        Row("seed", $"{plan.Seed}");
        Row("command", $"python3 {ColabLayout.Script} {string.Join(' ', plan.Arguments)}");
        AnsiConsole.Write(table);

        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(FormattableString.Invariant(value)));
    }
}
