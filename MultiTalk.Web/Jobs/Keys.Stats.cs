using System.Globalization;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public static partial class Keys
{
    /// <summary>Hash of what was counted in a minute, of Redis' clock and since 1970: how attempts and jobs ended, how long they took. Expires.</summary>
    public static RedisKey CountsOfMinute(long minute) => Tag + "counts:minute:" + minute.ToString(CultureInfo.InvariantCulture);

    /// <summary>The same of an hour.</summary>
    public static RedisKey CountsOfHour(long hour) => Tag + "counts:hour:" + hour.ToString(CultureInfo.InvariantCulture);
}
