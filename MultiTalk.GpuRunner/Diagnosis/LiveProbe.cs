using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>What a job would see here.</summary>
/// <param name="PythonProblem">Why nothing could be seen; null if it could.</param>
/// <param name="Facts">What the interpreter saw in a workspace.</param>
/// <param name="Imports">How the imports went, in a second step in the same workspace.</param>
/// <param name="ImportsProblem">Why that is not known.</param>
/// <param name="WorkspaceProblem">Why no workspace could be made where they belong; null if it could.</param>
/// <param name="Directory">The workspace that was used; it is gone.</param>
internal sealed record LiveFacts(
    string? PythonProblem, PythonFacts? Facts, ImportFacts? Imports, string? ImportsProblem, string? WorkspaceProblem, string Directory)
{
    /// <summary>Whether there was a workspace to look from, be it only among temporary files.</summary>
    public bool Placed => Directory.Length > 0;

    /// <summary>Why there are no <see cref="Facts"/>, where nothing else can be said.</summary>
    public string Unseen => $"not looked at: that takes {(Placed ? "a Python that runs" : "a workspace")}";

    /// <summary>What brings <see cref="Facts"/>.</summary>
    public string Remedy => Placed ? PythonProbes.Install : HostProbes.SetWorkspaces;

    /// <summary>What brings <see cref="Imports"/>: their step failed as a whole, which says nothing about any package.</summary>
    public string ImportsRemedy => $"The step that tries all imports {ImportsProblem ?? "said nothing of this one"}. Run doctor again; if it happens again, report it with doctor --json.";
}

/// <summary>
/// Runs <c>probe.py</c> as a job's script is run: in a workspace, under <c>launch.py</c>, with a job's interpreter and environment.
/// Two steps, one after the other, so that it shows whether the second finds what the first has left.
/// </summary>
internal sealed class LiveProbe(RunnerOptions options, Machine machine, ModelReport models)
{
    private static readonly string[] _modules = ["src", "wan", "kokoro", "sageattention", "en_core_web_sm"];

    private static readonly string _scripts = Path.Combine(AppContext.BaseDirectory, "python");

    /// <summary>What is known where the disk of the workspaces does not answer.</summary>
    public static LiveFacts Silent { get; } = new("nothing can be run without a workspace", null, null, null, "its disk does not answer", "");

    /// <summary>How long it may take, the time that both steps need to be ended included.</summary>
    public TimeSpan Patience => ImportsPatience + (4 * machine.Patience);

    private TimeSpan ImportsPatience => (3 * machine.ImportPatience) + machine.Patience;

    /// <summary>Looks.</summary>
    public async Task<LiveFacts> LookAsync(CancellationToken cancellationToken)
    {
        using var place = ProbeWorkspace.Create(options, models);
        if (place.Workspace is not { } workspace)
            return new("there is no directory to run it in", null, null, null, place.Problem, "");
        if (machine.Find(options.Python) is not { } python)
            return new($"there is no program {options.Python}", null, null, null, place.Problem, workspace.Directory);

        var facts = await RunAsync(python, workspace, "facts", FactsWanted(), machine.Patience, ProbeJson.Default.PythonFacts, cancellationToken);
        if (facts.Answer is null)
            return new(facts.Problem, null, null, null, place.Problem, workspace.Directory);
        var imports = await RunAsync(python, workspace, "imports", ImportsWanted(), ImportsPatience, ProbeJson.Default.ImportFacts, cancellationToken);
        return new(null, facts.Answer, imports.Answer, imports.Problem, place.Problem, workspace.Directory);
    }

    private static JsonObject FactsWanted() => new()
    {
        ["distributions"] = Texts(PackagePins.Names),
        ["modules"] = Texts(_modules),
    };

    private JsonObject ImportsWanted() => new()
    {
        ["limit"] = machine.ImportPatience.TotalSeconds,
        ["total"] = 3 * machine.ImportPatience.TotalSeconds,
        ["imports"] = new JsonArray([.. ImportProbes.All.Select(import => new JsonArray(import.Module, Texts(import.Members)))]),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private async Task<(T? Answer, string? Problem)> RunAsync<T>(
        string python, Workspace workspace, string step, JsonObject wanted, TimeSpan patience, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var arguments = HeldLauncher.Arguments(TimeSpan.Zero, Path.Combine(_scripts, "probe.py"), step, wanted.ToJsonString());
        var result = await BoundedProgram.RunAsync(python, arguments, machine, patience, cancellationToken, workspace.Directory);
        if (result.Problem is not null)
            return (null, result.Problem);
        // A sitecustomize may say something first.
        var document = result.Output.Split('\n').LastOrDefault(line => line.StartsWith('{'));
        try
        {
            if (document is not null && JsonSerializer.Deserialize(document, type) is { } answer)
                return (answer, null);
        }
        catch (JsonException)
        {
            // Told below.
        }

        var said = result.Output.Trim();
        return (null, said.Length == 0 ? "says nothing: it is no Python" : $"answers what no Python answers: {(said.Length > 100 ? said[..100] + "…" : said)}");
    }
}
