using System.CommandLine;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>models verify</c>: says whether a model volume is whole.</summary>
internal sealed class ModelsCommand : Command
{
    public ModelsCommand()
        : base("models", "Looks after the model volume.") => Subcommands.Add(new VerifyCommand());

    private sealed class VerifyCommand : Command
    {
        private readonly Option<string?> _models = new("--models") { Description = "The model volume; Runner:Models unless given." };
        private readonly Option<string[]> _needs = new("--need")
        {
            Description = $"What must be whole: {ModelSet.Bf16}, {ModelSet.Int8}, {ModelSet.Int8FusionX}, {ModelSet.Tts}, lora:FILE or voice:NAME; may be repeated. Unless given: what can make videos.",
            AllowMultipleArgumentsPerToken = true,
        };
        private readonly Option<string?> _preset = new("--preset") { Description = $"Or what a preset needs: {string.Join(", ", Preset.Names)}." };
        private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON." };

        public VerifyCommand()
            : base("verify", "Checks that every file is there and whole: the index, the header and size of every safetensors file, and files that are only pointers. Nothing is read through. Exit codes: 0 if it is, 1 if not, 2 for bad usage.")
        {
            foreach (var option in new Option[] { _models, _needs, _preset, _json })
                Options.Add(option);
            SetAction((parsed, _) => Failures.ExplainAsync(() => Task.FromResult(Run(parsed))));
        }

        private int Run(ParseResult parsed)
        {
            var needs = Needs(parsed);
            var report = ModelVolume.Inspect(parsed.GetValue(_models) ?? LocalOptions.Read().Models, needs);
            var ok = needs.Count == 0 ? report.Problems.Count == 0 && report.Sets.Intersect(ModelFile.VideoSets).Any() : needs.All(report.Has);
            if (parsed.GetValue(_json))
                Console.WriteLine(JsonSerializer.Serialize(report, ReadableJson.Contracts.ModelReport));
            else
                Print(report, needs, ok);
            return ok ? ExitCode.Success : ExitCode.Failure;
        }

        private List<string> Needs(ParseResult parsed)
        {
            var needs = (parsed.GetValue(_needs) ?? []).ToList();
            if (needs.FirstOrDefault(need => !ModelSet.IsOne(need)) is { } unknown)
                throw new InvalidRequestException("need_invalid", "need", $"\"{unknown}\" is nothing that a volume has.", $"Use {ModelSet.Bf16}, {ModelSet.Int8}, {ModelSet.Int8FusionX}, {ModelSet.Tts}, lora:FILE or voice:NAME.");
            if (parsed.GetValue(_preset) is not { } preset)
                return needs;
            if (!Preset.Names.Contains(preset))
                throw new InvalidRequestException("preset_invalid", "preset", $"There is no preset \"{preset}\".", $"Use one of {string.Join(", ", Preset.Names)}.");
            return [.. needs.Union(ModelSet.Of(Preset.Of(preset).Quant, Preset.Of(preset).Loras ?? []))];
        }

        private static void Print(ModelReport report, List<string> needs, bool ok)
        {
            Console.WriteLine($"Model volume {report.Root ?? "(not set)"}");
            foreach (var (folder, path) in report.Folders)
                Console.WriteLine($"  {folder}: {path}");
            foreach (var set in report.Sets.Concat(report.Voices.Select(ModelSet.Voice)))
                Console.WriteLine($"  whole: {set}");
            foreach (var problem in report.Problems)
                Console.WriteLine($"  NOT WHOLE ({string.Join(", ", problem.Sets)}): {problem.Message} {problem.Remedy} ({problem.Code})");
            foreach (var need in needs.Where(need => !report.Has(need)))
                Console.WriteLine($"  NEEDED: {need}");
            Console.WriteLine(ok ? "All that is needed is whole." : "Not all that is needed is whole.");
        }
    }
}
