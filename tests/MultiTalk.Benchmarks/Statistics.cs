namespace MultiTalk.Benchmarks;

/// <summary>What is said of many measurements.</summary>
internal static class Statistics
{
    /// <summary>The smallest value that at least this share of the values (0 to 1) does not exceed: the nearest rank.</summary>
    public static double Percentile(this IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>The middle one; of an even number, half-way between the two in the middle.</summary>
    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>How these compare with others that were measured in turn with them: each with its neighbour, which the machine treated alike; then the middle one.</summary>
    public static double Over(this IEnumerable<double> values, IEnumerable<double> others) => values.Zip(others, (value, other) => value / other).Median();
}
