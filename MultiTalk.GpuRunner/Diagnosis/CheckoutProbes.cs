namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>Upstream's code, and whether the interpreter finds it where it belongs.</summary>
internal static class CheckoutProbes
{
    private const string Clone = "Set Runner:Checkout to a checkout of MultiTalk: git clone https://github.com/MeiGen-AI/MultiTalk && git -C MultiTalk checkout c1ad840";

    /// <summary>A finding for each.</summary>
    public static IEnumerable<Finding> Look(Examination seen)
    {
        var checkout = seen.Checkout;
        var here = checkout switch
        {
            { Directory: "" } => "Runner:Checkout is not set",
            { Script: false } => $"there is none in {checkout.Directory}",
            { Real: false } => $"the preview's stand-in, in {checkout.Directory}",
            _ => checkout.Directory,
        };
        // The preview's own script will do for a preview; none at all will not.
        yield return Finding.Of("checkout_script", "generate_multitalk.py", "MultiTalk's own", here, checkout.Real, Clone, checkout.Script ? Stops.MultiTalk : Stops.Everything);
        yield return Finding.Of("checkout_flags", "arguments", "the script knows all that a plan can use",
            !checkout.Script ? "no script" : checkout.MissingFlags.Count == 0 ? "knows all" : $"does not know {string.Join(", ", checkout.MissingFlags)}", checkout.MissingFlags.Count == 0, Clone, Stops.MultiTalk);
        yield return Finding.Of("checkout_packages", "its packages", "wan, src and kokoro beside the script",
            checkout.MissingFolders.Count == 0 ? "all there" : $"missing: {string.Join(", ", checkout.MissingFolders)}", checkout.MissingFolders.Count == 0, Clone, Stops.MultiTalk);

        foreach (var module in CheckoutFacts.Packages)
        {
            var finding = PythonProbes.From("checkout_" + module, $"import {module}", "comes from beside the script", seen.Live, facts => Place(facts, module),
                $"Another package of this name wins over MultiTalk's: pip uninstall {module}, or remove what puts it on Python's path.", Stops.MultiTalk);
            yield return seen.Live.Facts is not null && checkout.MissingFolders.Contains(module) && !finding.Probe.Ok
                ? finding with { Follows = true, Probe = finding.Probe with { Remedy = Clone } }
                : finding;
        }
    }

    private static (string Here, bool Ok) Place(PythonFacts facts, string module) =>
        facts.Modules.GetValueOrDefault(module) is { } place
            ? (place, place == Path.Combine(facts.ScriptDirectory, module))
            : ("found nowhere", false);
}
