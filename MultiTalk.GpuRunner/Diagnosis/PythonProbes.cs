namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The interpreter, what it is started with, and what it may write.</summary>
internal static class PythonProbes
{
    /// <summary>What to do where there is no Python, or another one.</summary>
    public const string Install = "Install Python 3.10 with its headers (Debian and Ubuntu: apt-get install python3.10 python3.10-venv python3.10-dev; elsewhere: uv python install 3.10 or pyenv install 3.10) and set Runner:Python to it.";

    // What a shell sets in a wrapper around the interpreter (pyenv's is one) is not ours and does no harm.
    private static readonly string[] _shells = ["PWD", "OLDPWD", "SHLVL", "_"];

    private static readonly (string Name, string Code, string Library, Stops Stops)[] _caches =
    [
        ("HOME", "cache_home", "several libraries", Stops.Nothing),
        ("TORCHINDUCTOR_CACHE_DIR", "cache_torchinductor", "torch", Stops.MultiTalk),
        ("TRITON_CACHE_DIR", "cache_triton", "Triton", Stops.MultiTalk),
        ("NUMBA_CACHE_DIR", "cache_numba", "numba, behind librosa", Stops.MultiTalk),
        ("MPLCONFIGDIR", "cache_matplotlib", "matplotlib", Stops.Nothing),
        ("TMPDIR", "cache_temporary", "nearly everything", Stops.MultiTalk),
    ];

    /// <summary>A finding for each.</summary>
    public static IEnumerable<Finding> Look(Examination seen)
    {
        var (live, python) = (seen.Live, seen.Options.Python);
        yield return Finding.Of("python", "Python", "an interpreter that runs", live.Facts?.Executable ?? $"{python}: {live.PythonProblem}", live.Facts is not null, live.Remedy, Stops.Everything) with { Follows = !live.Placed };
        yield return From("python_version", "Python's version", "3.10 (wan/multitalk.py imports inspect.ArgSpec, gone since 3.11)", live,
            facts => (facts.ArgSpec ? facts.Version : $"{facts.Version}, without inspect.ArgSpec", facts.Version.StartsWith("3.10.", StringComparison.Ordinal)), Install, Stops.MultiTalk);
        yield return From("python_headers", "Python's headers", "Python.h, with which Triton compiles at the first step", live,
            facts => facts.Compiler.HeaderFound ? (facts.Compiler.Header, true) : ($"there is no {facts.Compiler.Header}", false),
            "Install the headers of this interpreter (Debian and Ubuntu: apt-get install python3.10-dev).", Stops.MultiTalk);
        yield return From("python_compiler", "C compiler", "gcc or clang that compiles, for Triton at the first step", live,
            facts => facts.Compiler switch
            {
                { Path: "" } => ("neither gcc nor clang is on the PATH", false),
                { Problem: { } problem } compiler => ($"{compiler.Path} fails: {problem}", false),
                { Path: var path } => (path, true),
            },
            "Install one with the C library's headers (Debian and Ubuntu: apt-get install gcc libc6-dev).", Stops.MultiTalk);
        yield return From("python_environment", "environment", "allow-listed names only, no PYTHONPATH", live, facts => Environment(facts),
            "Remove what sets them: usually a wrapper around the interpreter. Set Runner:Python to the interpreter itself.");
        yield return From("python_user", "user", "a name, from the user database or USER", live, facts => (facts.User ?? "this user id has no name", facts.User is not null),
            "Give the user an entry in /etc/passwd, or set USER and HOME in the container's environment.", Stops.MultiTalk);
        yield return From("python_sageattention", "sageattention", "absent: it hides the script's log, and with it the progress", live,
            facts => facts.Modules.GetValueOrDefault("sageattention") is { } place ? ($"installed in {place}", false) : ("absent", true), "pip uninstall sageattention", Stops.MultiTalk);
        foreach (var (name, code, library, stops) in _caches)
            yield return From(code, name, $"can be written by {library}", live, facts => Cache(facts, name), $"Set {name} to a directory that this user can write and that is not mounted noexec.", stops);
    }

    /// <summary>Only what spoken text needs.</summary>
    public static IEnumerable<Finding> LookForSpeech(LiveFacts live)
    {
        yield return From("tts_spacy", "spaCy's en_core_web_sm", "installed: misaki would download it in the first job", live,
            facts => facts.Modules.GetValueOrDefault("en_core_web_sm") is { } place ? (place, true) : ("not installed", false),
            "pip install https://github.com/explosion/spacy-models/releases/download/en_core_web_sm-3.8.0/en_core_web_sm-3.8.0-py3-none-any.whl");
        yield return From("tts_espeak", "espeak-ng's data", "installed: misaki's own copy looks for it where it was built", live,
            facts => (facts.EspeakData ?? "not found", facts.EspeakData is not null), "Install espeak-ng (Debian and Ubuntu: apt-get install espeak-ng).");
    }

    /// <summary>What the child has that it should not.</summary>
    public static IReadOnlyList<string> Foreign(PythonFacts facts)
    {
        var removed = Execution.ChildEnvironment.Changes().Where(change => change.Value is null).Select(change => change.Key).Except(_shells);
        return [.. facts.Environment.Where(name => name.StartsWith("PYTHON", StringComparison.Ordinal) && name != "PYTHONUNBUFFERED")
            .Union(facts.Environment.Intersect(removed).Where(name => !name.Contains("PYENV_", StringComparison.Ordinal)))];
    }

    /// <summary>Looks at what Python saw, if it runs.</summary>
    public static Finding From(string code, string name, string expected, LiveFacts live, Func<PythonFacts, (string Here, bool Ok)> look, string remedy, Stops stops = Stops.Nothing)
    {
        if (live.Facts is null)
            return Finding.Unseen(code, name, expected, live);
        var (here, ok) = look(live.Facts);
        return Finding.Of(code, name, expected, here, ok, remedy, stops);
    }

    private static (string Here, bool Ok) Environment(PythonFacts facts) =>
        Foreign(facts) is { Count: > 0 } foreign ? ($"also {string.Join(", ", foreign)}", false) : ("allow-listed names only", true);

    private static (string Here, bool Ok) Cache(PythonFacts facts, string name) =>
        facts.Caches.FirstOrDefault(cache => cache.Name == name) switch
        {
            null => ("not told", false),
            { Problem: { } problem } cache => ($"{cache.Path}: {problem}".TrimStart(':', ' '), false),
            { Path: var path } => (path, true),
        };
}
