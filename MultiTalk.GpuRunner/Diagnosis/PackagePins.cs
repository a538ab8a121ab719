using System.Globalization;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The versions of the notebook's packages, and why they matter (docs/contract.md, "Pins").</summary>
internal static class PackagePins
{
    private const string Torch = "pip install torch==2.4.1 torchvision==0.19.1 torchaudio==2.4.1 --index-url https://download.pytorch.org/whl/cu121";

    private static readonly Pin[] _pins =
    [
        new("torch", "2.4.1", Torch),
        new("torchvision", "0.19.1", Torch),
        new("torchaudio", "2.4.1", Torch),
        new("xformers", "0.0.28", "pip install xformers==0.0.28 --index-url https://download.pytorch.org/whl/cu121"),
        new("flash-attn", "2.6.1", "pip install --no-build-isolation flash-attn==2.6.1", Also: "2.7.4.post1"),
        // Later ones refuse wav2vec's weights with this torch, and its attention.
        new("transformers", "4.49.0", "pip install transformers==4.49.0", Stops: Stops.MultiTalk),
        new("diffusers", "0.34.0", "pip install diffusers==0.34.0", From: "0.31.0"),
        new("xfuser", "0.4.1", "pip install --no-deps xfuser==0.4.1"),
        new("numpy", "1.26.4", "pip install numpy==1.26.4", From: "1.24.4"),
        new("numba", "0.59.1", "pip install numba==0.59.1"),
        new("optimum-quanto", "0.2.6", "pip install --no-deps optimum-quanto==0.2.6"),
        new("misaki", "", "pip install 'misaki[en]>=0.9.4,<0.10'", From: "0.9.4", Below: "0.10"),
        new("librosa", "", "pip install 'librosa>=0.11,<0.12'", From: "0.11", Below: "0.12"),
        new("scipy", "", "pip install 'scipy>=1.10'", From: "1.10"),
        new("tokenizers", "", "pip install 'tokenizers>=0.20.3'", From: "0.20.3"),
        new("accelerate", "", "pip install 'accelerate>=1.1.1'", From: "1.1.1"),
    ];

    /// <summary>The distributions to look up.</summary>
    public static IEnumerable<string> Names => _pins.Select(pin => pin.Package);

    /// <summary>What installs a package in its version.</summary>
    public static string Install(string package) => _pins.FirstOrDefault(pin => pin.Package == package)?.Command ?? $"pip install {package}";

    /// <summary>A finding for each.</summary>
    public static IEnumerable<Finding> Look(LiveFacts live)
    {
        foreach (var pin in _pins)
        {
            var code = "pin_" + pin.Package.Replace('-', '_');
            if (live.Facts is null)
            {
                yield return Finding.Unseen(code, pin.Package, pin.Wanted, live);
                continue;
            }

            var version = live.Facts.Versions.GetValueOrDefault(pin.Package);
            // Where it is absent, an import says so too.
            yield return Finding.Of(code, pin.Package, pin.Wanted, version ?? "not installed", version is not null && pin.Fits(version), pin.Command, pin.Stops) with { Follows = version is null };
        }

        yield return Builds(live);
    }

    // "2.4.1+cu121" says for which CUDA a wheel was built; PyPI's own say so only once they are imported.
    private static Finding Builds(LiveFacts live)
    {
        const string Code = "pin_cuda", Name = "CUDA of the torch packages", Expected = "one and the same (cu121)";
        if (live.Facts is null)
            return Finding.Unseen(Code, Name, Expected, live);
        string[] trio = ["torch", "torchvision", "torchaudio"];
        var builds = trio
            .Select(package => (package, build: BuildOf(Imported(live, package)) ?? BuildOf(live.Facts.Versions.GetValueOrDefault(package))))
            .Where(item => item.build is not null)
            .ToList();
        var here = builds.Count > 0 ? string.Join(", ", builds.Select(item => $"{item.package} {item.build}"))
            : live.Facts.Versions.GetValueOrDefault("torch") is null ? "not installed" : "not told by the packages";
        var ok = live.Facts.Versions.GetValueOrDefault("torch") is not null
            && builds.Select(item => item.build).Distinct().Count() <= 1 && builds.All(item => item.build!.StartsWith("cu", StringComparison.Ordinal));
        return Finding.Of(Code, Name, Expected, here, ok, Torch);
    }

    private static string? Imported(LiveFacts live, string package) =>
        live.Imports?.Imports.GetValueOrDefault(package) is { Problem: null } result ? result.Text : null;

    private static string? BuildOf(string? version) =>
        version?.Split('+', 2) is [_, var build] && (build.StartsWith("cu", StringComparison.Ordinal) || build.StartsWith("cpu", StringComparison.Ordinal) || build.StartsWith("rocm", StringComparison.Ordinal))
            ? build
            : null;

    /// <param name="Package">The distribution.</param>
    /// <param name="Version">The one of the notebook, and the newest that fits; empty where any newer one does.</param>
    /// <param name="Command">Installs it.</param>
    /// <param name="From">The oldest that fits, where more than one does.</param>
    /// <param name="Below">The oldest that is too new, where any version of a series fits.</param>
    /// <param name="Also">Another one that fits.</param>
    /// <param name="Stops">What another version does to jobs whatever the imports say.</param>
    private sealed record Pin(string Package, string Version, string Command, string? From = null, string? Below = null, string? Also = null, Stops Stops = Stops.Nothing)
    {
        public string Wanted => (From, Also, Version) switch
        {
            (null, null, "") => "any version",
            ({ } from, _, "") => Below is null ? $"{from} or newer" : $"{from} or newer, below {Below}",
            ({ } from, _, _) => $"{from} to {Version}",
            (_, { } also, _) => $"{Version} or {also}",
            _ => Version,
        };

        public bool Fits(string installed)
        {
            // What stands behind the plus tells builds of one version apart.
            var version = installed.Split('+')[0];
            if (From is null)
                return Version.Length == 0 || version == Version || version == Also;
            return Compare(version, From) >= 0 && (Version.Length == 0 || Compare(version, Version) <= 0) && (Below is null || Compare(version, Below) < 0);
        }
    }

    /// <summary>Compares the numbers of two versions; a letter ends the comparison of its part.</summary>
    internal static int Compare(string left, string right)
    {
        var (a, b) = (Numbers(left), Numbers(right));
        for (var index = 0; index < Math.Max(a.Length, b.Length); index++)
        {
            var difference = a.ElementAtOrDefault(index).CompareTo(b.ElementAtOrDefault(index));
            if (difference != 0)
                return difference;
        }

        return 0;
    }

    private static long[] Numbers(string version) =>
        [.. version.Split('.').Select(part => long.TryParse(part.TakeWhile(char.IsAsciiDigit).ToArray(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];
}
