using System.Globalization;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    private const string RetentionField = "retention";

    /// <summary>How long a job that ended is kept: as it was set last, or <see cref="JobsOptions.Retention"/>.</summary>
    public async Task<TimeSpan> RetentionAsync() =>
        await redis.Database.HashGetAsync(Keys.Settings, RetentionField) is { IsNull: false } days
            ? TimeSpan.FromDays((int)days)
            : options.Value.Retention;

    /// <summary>Changes that, for every Web from its next pass on.</summary>
    /// <param name="days">Whole days; null for what is configured.</param>
    public Task SetRetentionAsync(int? days) => days is { } kept
        ? redis.Database.HashSetAsync(Keys.Settings, RetentionField, kept.ToString(CultureInfo.InvariantCulture))
        : redis.Database.HashDeleteAsync(Keys.Settings, RetentionField);
}
