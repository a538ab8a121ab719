using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using Spectre.Console;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>plan</c>: says what <c>generate</c> would run and cost.</summary>
internal sealed class PlanCommand : Command
{
    private readonly InputOptions _inputs = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print the plan as JSON, as the API has it." };
    private readonly Option<string?> _gpu = new("--gpu") { Description = "Plan for another card than this machine's, as NAME:GB, such as \"A100:80\" or \"RTX 4090:24\"." };

    public PlanCommand()
        : base("plan", $"Checks the inputs and prints what would run and cost, without running it. {ExitCode.Help}")
    {
        _inputs.AddTo(this);
        Options.Add(_json);
        Options.Add(_gpu);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var scratch = new Scratch();
        var options = LocalOptions.Read();
        // What was measured here says nothing of another card.
        var runner = parsed.GetValue(_gpu) is { } card ? new RunnerAbilities { Blockers = [], Gpu = ReadGpu(card) } : await LocalRun.AbilitiesAsync(options, cancellationToken);
        var (_, plan) = await _inputs.PrepareAsync(parsed, scratch.Directory, options.Engine, runner, cancellationToken);
        if (parsed.GetValue(_json))
            Console.WriteLine(JsonSerializer.Serialize(plan, ReadableJson.Contracts.GenerationPlan));
        else
            Print(plan);
        return ExitCode.Success;
    }

    private static GpuFacts ReadGpu(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && double.TryParse(text[(colon + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var memory) && memory is >= 1 and < 1000
            ? new(text[..colon], memory)
            : throw new InvalidRequestException("gpu_invalid", "gpu", $"\"{text}\" is no card.", "Write NAME:GB, such as \"A100:80\".");

    private static void Print(GenerationPlan plan)
    {
        var table = new Table().HideHeaders().Border(TableBorder.None).AddColumns("", "");
        Row("engine", $"{plan.Engine}, preset {plan.Preset}");
        Row("video", $"{plan.Width}×{plan.Height}, {plan.Frames} frames, {plan.DurationSeconds:0.00} s at {Segmentation.Fps} frames a second; {plan.Crop.Lost:0%} of the picture cut off");
        Row("sampling", $"{plan.Mode}: {plan.Segments} segment{(plan.Segments == 1 ? "" : "s")} of {plan.FrameNum} frames, {plan.Steps} steps each");
        Row("speakers", $"{string.Join(", ", plan.Speakers.Select(Describe))}{(plan.AudioType is null ? "" : $" ({plan.AudioType})")}");
        Row("seed", $"{plan.Seed}");
        Row("estimate", $"{plan.Estimate.Minutes} min, {plan.Estimate.GpuMemoryGb} GB of graphics memory, {plan.Estimate.HostMemoryGb} GB of memory");
        Row("", $"{plan.Estimate.Basis}");
        foreach (var note in plan.Notes)
            Row("note", $"{note}");
        Row("command", $"{string.Join(' ', plan.Launcher)} {ColabLayout.Script} {string.Join(' ', plan.Arguments)}");
        AnsiConsole.Write(table);

        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(FormattableString.Invariant(value)));
    }

    private static string Describe(PlannedSpeaker speaker) => speaker switch
    {
        { Samples: { } samples } => FormattableString.Invariant($"{new VoiceFacts(samples).Seconds:0.00} s"),
        { TtsVoice: { } voice } => voice,
        _ => "silent",
    } + (speaker.Box is { } box ? $" at {box}" : "");
}
