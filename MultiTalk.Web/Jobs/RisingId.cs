using System.Globalization;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// Ids that rise with time: UUIDs of version 7 (RFC 9562) as 32 lower-case hexadecimal digits. Those that one Web makes rise one after
/// the other, also within a millisecond (its section 6.2, method 1); between Webs their clocks decide.
/// </summary>
internal static class RisingId
{
    // 48 bits of milliseconds since 1970, and 12 that count.
    private static long _last;

    /// <summary>A new one.</summary>
    public static string New()
    {
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() << 12, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);

        // The second half of a random UUID begins with the same variant.
        return string.Create(CultureInfo.InvariantCulture, $"{next >> 12:x12}7{next & 0xfff:x3}{Guid.NewGuid().ToString("n").AsSpan(16)}");
    }
}
