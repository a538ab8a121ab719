namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>Says in sentences what keeps a runner from its work.</summary>
internal static class Blockers
{
    // More packages than this are missing together, and for one reason.
    private const int Named = 3;

    /// <summary>The sentences; none if the runner is ready.</summary>
    /// <param name="findings">Everything that was found.</param>
    /// <param name="engine">The runner's engine.</param>
    public static IReadOnlyList<string> Of(IEnumerable<Finding> findings, Stops engine)
    {
        var failed = findings.Where(finding => !finding.Probe.Ok && !finding.Follows && finding.Stops.HasFlag(engine)).Select(finding => finding.Probe).ToList();
        var imports = failed.Where(probe => probe.Code.StartsWith("import_", StringComparison.Ordinal)).ToList();
        if (imports.Count <= Named)
            return [.. failed.Select(Sentence)];

        var packages = imports.Select(probe => probe.Name.Split('.')[0]).Distinct().ToList();
        var rest = packages.Count > Named ? $" and {packages.Count - Named} more" : "";
        return
        [
            .. failed.Except(imports).Select(Sentence),
            $"Python packages: {imports.Count} imports of the script fail ({string.Join(", ", packages.Take(Named))}{rest}). Run doctor on this machine: it names each with its remedy.",
        ];
    }

    private static string Sentence(Contracts.Probe probe) => $"{probe.Name}: {probe.Here.TrimEnd('.')}. Needed: {probe.Expected.TrimEnd('.')}. {probe.Remedy}";
}
