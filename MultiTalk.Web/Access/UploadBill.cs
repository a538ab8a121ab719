using StackExchange.Redis;

namespace MultiTalk.Web.Access;

/// <summary>What one request has taken out of its owner's bytes of the day on which it began: what it sent, and what is fetched for it.</summary>
/// <param name="quotas">Where it is counted.</param>
/// <param name="day">The owner's usage of that day.</param>
/// <param name="limit">Bytes a day; 0 for any number.</param>
internal sealed class UploadBill(Quotas quotas, RedisKey day, long limit)
{
    private long _paid;

    /// <summary>Pays for bytes, or takes some back.</summary>
    /// <param name="bytes">How many; a negative number for those that did not come.</param>
    /// <returns>False, with nothing paid, if that would be too many.</returns>
    public async Task<bool> PayAsync(long bytes)
    {
        if (!await quotas.SpendAsync(day, bytes, bytes < 0 ? 0 : limit))
            return false;
        Interlocked.Add(ref _paid, bytes);
        return true;
    }

    /// <summary>Takes everything back: nothing was kept, and the owner is not to blame.</summary>
    public Task<bool> CancelAsync() => PayAsync(-Interlocked.Read(ref _paid));
}
