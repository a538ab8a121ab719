using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>
/// The nine differences between Colab and a machine (docs/contract.md, "The nine differences"), each judged by what a process
/// saw that was started here as a job is.
/// </summary>
internal static class ParityReport
{
    private static readonly string[] _modelFolders = [ColabLayout.BaseModel, ColabLayout.Wav2Vec, ColabLayout.MultiTalkModel];
    private static readonly string[] _tree = [ColabLayout.Script, ColabLayout.Weights, ColabLayout.Input, .. CheckoutFacts.Packages];

    /// <summary>The nine rows.</summary>
    public static IReadOnlyList<ParityCheck> Of(Examination seen, IEnumerable<Finding> findings)
    {
        var probes = findings.Select(finding => finding.Probe).ToDictionary(probe => probe.Code);
        var rows = new Rows(seen.Live, probes);
        return
        [
            rows.Seen(1, "working directory", "the MultiTalk directory", WorkingDirectory, "host_workspaces"),
            Command(seen, rows),
            Weights(seen, rows),
            rows.Seen(4, "environment", "no PYTHONPATH; imports come from the repo", facts => Environment(facts, probes),
                "python_environment", "checkout_wan", "checkout_src", "checkout_kokoro"),
            rows.Probed(5, "misaki", "installed, can be imported", probes["import_misaki"]),
            rows.Seen(6, "file tree", "script, weights/, input.json, output side by side", Tree, "checkout_script", "checkout_packages"),
            rows.Seen(7, "inputs", "simple file names beside the script", facts => Inputs(facts.Inputs), "host_workspaces"),
            Pins(seen.Live, rows, [.. probes.Values.Where(probe => probe.Code.StartsWith("pin_", StringComparison.Ordinal) || probe.Code == "import_flash_attn")]),
            rows.Of(9, "execution", "step by step, in a directory that persists",
                seen.Live switch
                {
                    { WorkspaceProblem: not null } => ("workspaces cannot be made", false),
                    { Imports.FirstStep: true } => ("a second step found what the first had left", true),
                    { Imports: not null } => ("a second step did not find what the first had left", false),
                    { Facts: not null } live => ($"the second step failed: {live.ImportsProblem}", false),
                    _ => (seen.Live.Unseen, false),
                },
                "host_workspaces", "python"),
        ];
    }

    private static (string Here, bool Ok) WorkingDirectory(PythonFacts facts, LiveFacts live)
    {
        // Its name is unique; what leads there may be a link.
        var ok = Path.GetFileName(Path.GetDirectoryName(facts.Directory)) == Path.GetFileName(Path.GetDirectoryName(live.Directory))
            && facts.Sees.Contains(ColabLayout.Script) && facts.Sees.Contains(ColabLayout.Input);
        return (ok ? "a workspace that looks like it, with the script and input.json" : $"{facts.Directory}, where the script or input.json is missing", ok);
    }

    private static ParityCheck Command(Examination seen, Rows rows)
    {
        var (here, ok) = seen switch
        {
            { Live.Placed: false } => (seen.Live.Unseen, false),
            { Live.Facts: null } => ($"{seen.Options.Python} does not run", false),
            { Checkout.Script: false } => ("no generate_multitalk.py", false),
            { Checkout.Real: false } => ("the same command, but the script is the preview's stand-in", false),
            { Checkout.MissingFlags: { Count: > 0 } flags } => ($"the script does not know {string.Join(", ", flags)}", false),
            _ => ("the same, to the letter", true),
        };
        return rows.Of(2, "command", "python3 generate_multitalk.py, relative arguments", (here, ok), "python", "checkout_script", "checkout_flags");
    }

    private static ParityCheck Weights(Examination seen, Rows rows) =>
        rows.Seen(3, "weight paths", string.Join(", ", _modelFolders.Select(folder => $"{ColabLayout.Weights}/{folder}")), facts =>
        {
            var empty = _modelFolders.Where(folder => facts.Weights.GetValueOrDefault(folder) == 0).Select(folder => $"{ColabLayout.Weights}/{folder}").ToList();
            if (empty.Count > 0)
                return ($"nothing in {string.Join(", ", empty)}", false);
            var sets = seen.Models.Sets.Intersect(ModelFile.VideoSets).ToList();
            return sets.Count > 0 ? ($"the same paths, whole: {string.Join(", ", sets)}", true) : ("the same paths, but no set of model files is whole", false);
        }, [.. rows.Codes("model_")]);

    private static (string Here, bool Ok) Environment(PythonFacts facts, Dictionary<string, Probe> probes)
    {
        var foreign = PythonProbes.Foreign(facts);
        var elsewhere = CheckoutFacts.Packages.Where(module => !probes["checkout_" + module].Ok).ToList();
        return (foreign, elsewhere) switch
        {
            ({ Count: > 0 }, _) => ($"also set: {string.Join(", ", foreign)}", false),
            (_, { Count: > 0 }) => ($"no PYTHONPATH, but not from the repo: {string.Join(", ", elsewhere)}", false),
            _ => ("no PYTHONPATH, allow-listed names only; imports come from the repo", true),
        };
    }

    private static (string Here, bool Ok) Tree(PythonFacts facts)
    {
        var missing = _tree.Except(facts.Sees).ToList();
        return missing.Count == 0 ? ("the same", true) : ($"missing beside it: {string.Join(", ", missing)}", false);
    }

    private static (string Here, bool Ok) Inputs(InputFacts inputs)
    {
        var wrong = inputs.Files.Where(file => !file.Value || file.Key.Contains('/', StringComparison.Ordinal)).Select(file => file.Key).ToList();
        return inputs switch
        {
            { Problem: { } problem } => ($"input.json cannot be read: {problem}", false),
            { Files.Count: 0 } => ("input.json names none", false),
            _ when wrong.Count > 0 => ($"not there: {string.Join(", ", wrong)}", false),
            _ => ($"the same: {string.Join(", ", inputs.Files.Keys)}", true),
        };
    }

    private static ParityCheck Pins(LiveFacts live, Rows rows, List<Probe> pins)
    {
        const int Named = 6;
        var wrong = pins.Where(pin => !pin.Ok).ToList();
        var absent = wrong.Count(pin => pin.Here == "not installed");
        var named = string.Join(", ", wrong.Take(Named).Select(pin => pin.Here == "not installed" ? pin.Name : $"{pin.Name} {pin.Here}")) + (wrong.Count > Named ? $" and {wrong.Count - Named} more" : "");
        var here = live.Facts is null ? live.Unseen
            : wrong.Count == 0 ? $"{pins.First(pin => pin.Code == "pin_flash_attn").Here}, and every other pin"
            : absent == wrong.Count ? $"not installed: {named}" : $"differs: {named}";
        return rows.Of(8, "flash-attn", "2.6.1, with every other pin", (here, wrong.Count == 0), [.. wrong.Select(pin => pin.Code)]);
    }

    /// <summary>Makes rows, whose remedies are those of the probes behind them.</summary>
    private sealed class Rows(LiveFacts live, Dictionary<string, Probe> probes)
    {
        private const int Remedies = 3;

        public ParityCheck Of(int number, string difference, string colab, (string Here, bool Ok) verdict, params string[] behind)
        {
            var remedies = behind.Where(code => !probes[code].Ok).Select(code => probes[code].Remedy).Distinct().ToList();
            var remedy = remedies.Count switch
            {
                0 => "Run it again; if it stays so, report it with doctor --json.",
                > Remedies => "One by one: the probes name what to do about each.",
                _ => string.Join(" ", remedies),
            };
            return new(number, difference, colab, verdict.Here, verdict.Ok, verdict.Ok ? "" : remedy);
        }

        public ParityCheck Seen(int number, string difference, string colab, Func<PythonFacts, (string Here, bool Ok)> look, params string[] behind) =>
            live.Facts is { } facts ? Of(number, difference, colab, look(facts), behind) : Of(number, difference, colab, (live.Unseen, false), "python");

        public ParityCheck Seen(int number, string difference, string colab, Func<PythonFacts, LiveFacts, (string Here, bool Ok)> look, params string[] behind) =>
            Seen(number, difference, colab, facts => look(facts, live), behind);

        public IEnumerable<string> Codes(string prefix) => probes.Keys.Where(code => code.StartsWith(prefix, StringComparison.Ordinal));

        public ParityCheck Probed(int number, string difference, string colab, Probe probe) =>
            Of(number, difference, colab, (probe.Here, probe.Ok), probe.Code);
    }
}
