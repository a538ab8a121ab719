using System.Diagnostics;

namespace MultiTalk.Tests.Faults;

/// <summary>What happened in a run, a line each with its second, as it happens.</summary>
internal sealed class Tally
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Seconds since the start.</summary>
    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Notes something.</summary>
    public void Note(string what) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{Seconds,6:0.0} s  {what}"));
}
