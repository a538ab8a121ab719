namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    /// <summary>Shows a job to everybody who may read, or no longer; false if there is none.</summary>
    public async Task<bool> ShareAsync(string id, bool shared) =>
        await PlaceAsync(id) is { } place
        && await scripts.Share.CodeAsync(redis.Database, place.KeysWith(Keys.Shared), place.ArgumentsWith(shared ? 1 : 0)) == 1;
}
