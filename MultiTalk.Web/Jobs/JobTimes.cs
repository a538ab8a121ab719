using System.Globalization;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// How long many jobs took, counted by <c>ends.lua</c> in ranges of which four double the time: a quantile is right within a tenth,
/// however many there are.
/// </summary>
internal sealed class JobTimes
{
    private readonly SortedDictionary<int, long> _counts = [];

    /// <summary>Adds what was counted in a range.</summary>
    public void Add(string range, long count)
    {
        var number = int.Parse(range, CultureInfo.InvariantCulture);
        _counts[number] = _counts.GetValueOrDefault(number) + count;
    }

    /// <summary>The quantiles; null if nothing was counted.</summary>
    public Quantiles? Summary => _counts.Count == 0 ? null : new(At(0.5), At(0.95));

    private double At(double quantile)
    {
        var left = Math.Ceiling(_counts.Values.Sum() * quantile);
        var range = _counts.First(entry => (left -= entry.Value) <= 0).Key;
        // The geometric middle of the range, in seconds.
        return Math.Round(Math.Pow(2, (range + 0.5) / 4) / 1000, 3);
    }
}
