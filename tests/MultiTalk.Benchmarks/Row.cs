using System.Globalization;

namespace MultiTalk.Benchmarks;

/// <summary>A line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">How it came out.</param>
internal sealed record Row(string What, string Value)
{
    /// <summary>What it is compared with, measured in the same run.</summary>
    public string Yardstick { get; init; } = "";

    /// <summary>The value by the yardstick; null where there is none.</summary>
    public double? Ratio { get; init; }

    /// <summary>What it should be; empty for a value that is only shown.</summary>
    public string Aim { get; init; } = "";

    /// <summary>How much of the aim is used up: at most 1 if it is reached; null without an aim.</summary>
    public double? Used { get; init; }

    /// <summary>Whether it begins a new group.</summary>
    public bool Begins { get; init; }

    /// <summary>A time of so many seconds as people read it.</summary>
    public static string Time(double seconds) => Math.Abs(seconds) switch
    {
        double.PositiveInfinity => "never",
        < 0.001 => Text($"{seconds * 1e6:0} µs"),
        < 1 => Text($"{seconds * 1e3:0.0} ms"),
        _ => Text($"{seconds:0.00} s"),
    };

    /// <summary>A text with numbers, written the same everywhere.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
