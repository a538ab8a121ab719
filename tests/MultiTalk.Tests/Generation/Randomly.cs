using System.Globalization;

namespace MultiTalk.Tests.Generation;

/// <summary>Checks a property many times, and tells the seed with which it fails; SEED=… in the environment repeats it.</summary>
internal static class Randomly
{
    public static void Check(int times, Action<Random> property)
    {
        var again = Environment.GetEnvironmentVariable("SEED");
        var first = again is null ? Random.Shared.Next(1 << 30) : int.Parse(again, CultureInfo.InvariantCulture);
        for (var seed = first; seed < first + (again is null ? times : 1); seed++)
        {
            try
            {
                property(new Random(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"With SEED={seed}: {exception.Message}", exception);
            }
        }
    }

    public static T Of<T>(this Random random, params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
}
