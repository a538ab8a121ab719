using System.Globalization;
using MultiTalk.GpuRunner.Contracts;
using Spectre.Console;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Prints a doctor's report for people: what is wrong in full, each remedy once and in one piece, the rest in short.</summary>
internal static class DoctorView
{
    // What a redirected output is as wide as, and the least in which a table can be read.
    private const int RedirectedWidth = 100;
    private const int LeastWidth = 50;

    // More remedies than this are a list for a program.
    private const int MostRemedies = 15;

    // By the first part of their codes.
    private static readonly (string Prefix, string Title)[] _groups =
    [
        ("python", "Python"), ("pin", "Versions of packages"), ("import", "Imports of the script"), ("gpu", "Graphics card"), ("host", "Machine"),
        ("cache", "Directories to write"), ("checkout", "MultiTalk's code"), ("model", "Model files"), ("tts", "Spoken text"),
    ];

    /// <summary>Prints it.</summary>
    public static void Print(DoctorReport report, string engine)
    {
        PrintParity(report);
        foreach (var (prefix, title) in _groups)
            Print(title, [.. report.Probes.Where(probe => probe.Code.Split('_')[0] == prefix)]);

        Console.WriteLine();
        foreach (var blocker in report.Abilities.Blockers)
            Console.WriteLine($"Before {engine} can run: {blocker}");
        Console.WriteLine(Verdict(report, engine));
    }

    /// <summary>Prints the nine differences.</summary>
    public static void PrintParity(DoctorReport report)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Columns() ?? RedirectedWidth;
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, LeastWidth);

        Console.WriteLine("Parity with Colab");
        var parity = NewTable("#", "", "difference", "on Colab", "here");
        foreach (var check in report.Parity)
            parity.AddRow(Cell(Number(check)), Mark(check.Ok), Cell(check.Difference), Cell(check.Colab), Cell(check.Here));
        AnsiConsole.Write(parity);
        Remedies(report.Parity.Where(check => !check.Ok).Select(check => (Number(check), check.Remedy)));
    }

    private static void Print(string title, List<Probe> probes)
    {
        var good = probes.Where(probe => probe.Ok).ToList();
        Console.WriteLine();
        Console.WriteLine($"{title}: {good.Count} of {probes.Count} as needed");
        if (good.Count < probes.Count)
        {
            var bad = NewTable("", "probe", "needed", "here");
            // What is wrong in the same way is told together: dozens of packages are missing for one reason.
            foreach (var same in probes.Where(probe => !probe.Ok).GroupBy(probe => probe.Here))
            {
                var needed = same.Select(probe => probe.Expected).Distinct().ToList();
                bad.AddRow(Mark(false), Cell(Names(same)), Cell(needed.Count <= 3 ? string.Join("; ", needed) : "each its own, see --json"), Cell(same.Key));
            }

            AnsiConsole.Write(bad);
            Remedies(probes.Where(probe => !probe.Ok).Select(probe => (probe.Name, probe.Remedy)));
        }

        if (good.Count > 0)
            AnsiConsole.Write(new Padder(Cell("ok: " + string.Join("; ", good.Select(probe => $"{probe.Name} ({probe.Here})"))), new(2, 0, 0, 0)));
    }

    // Not in the table: commands are to be copied, so only the terminal may wrap them.
    private static void Remedies(IEnumerable<(string Whose, string Remedy)> remedies)
    {
        var distinct = remedies.GroupBy(item => item.Remedy, item => item.Whose).ToList();
        foreach (var remedy in distinct.Take(MostRemedies))
            Console.WriteLine($"  {string.Join(", ", remedy)}: {remedy.Key}");
        if (distinct.Count > MostRemedies)
            Console.WriteLine($"  and {distinct.Count - MostRemedies} more, see --json");
    }

    private static string Verdict(DoctorReport report, string engine)
    {
        var differ = report.Parity.Count(check => !check.Ok);
        var likeness = report.Ok ? "This machine is as Colab is"
            : differ == 0 ? "All nine are as on Colab, but not every probe"
            : FormattableString.Invariant($"This machine is not as Colab is: {differ} of {report.Parity.Count} differ");
        return $"{likeness}. The engine {engine} {(report.Abilities.Blockers.Count == 0 ? "can" : "cannot")} run here.";
    }

    private static string Number(ParityCheck check) => check.Number.ToString(CultureInfo.InvariantCulture);

    private static string Names(IEnumerable<Probe> probes) => string.Join(", ", probes.Select(probe => probe.Name));

    private static int? Columns() =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) ? columns : null;

    private static Table NewTable(params string[] titles)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var title in titles)
            table.AddColumn(new TableColumn(Cell(title)) { Padding = new(0, 0, 1, 0), NoWrap = title is "#" or "" });
        return table;
    }

    // Plain text: what others wrote may look like markup.
    private static Text Cell(string text) => new(text);

    private static Text Mark(bool ok) => new(ok ? "ok" : "NO", new Style(ok ? Color.Green : Color.Red));
}
