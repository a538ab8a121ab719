using MultiTalk.Web.Api;
using StackExchange.Redis;

namespace MultiTalk.Tests.Faults;

/// <summary>What must not be left of jobs that have ended: index entries, processes, workspaces, uploads.</summary>
internal static class Leftovers
{
    // A runner tidies up after it has told of the end.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(100);

    // Everything on Redis that only a job which has not ended belongs to.
    private static readonly string[] _empty = ["{mt}:queue:*", "{mt}:turns:*", "{mt}:classes", "{mt}:leases", "{mt}:state:queued", "{mt}:state:running"];

    /// <summary>Fails with everything that is left once all of a cluster's jobs have ended.</summary>
    public static async Task AssertNoneAsync(Cluster cluster)
    {
        var ended = await cluster.JobsAsync();
        await using var redis = await cluster.ConnectAsync();
        var deadline = DateTime.UtcNow + _patience;
        IReadOnlyList<string> found;
        while ((found = [.. OnDisk(cluster, ended), .. await OnRedisAsync(redis, ended)]).Count > 0 && DateTime.UtcNow < deadline)
            await Task.Delay(_lookEvery, TestContext.Current.CancellationToken);
        Assert.True(found.Count == 0, "Left: " + string.Join('\n', found));
    }

    /// <summary>The scripts, launchers and ffmpegs that run.</summary>
    public static IEnumerable<int> Scripts(Cluster cluster) => ProcessesBelow.Find(Workspaces(cluster));

    private static IEnumerable<string> OnDisk(Cluster cluster, IEnumerable<JobDocument> ended) =>
    [
        .. Scripts(cluster).Select(ProcessesBelow.Describe),
        .. Directory.Exists(Workspaces(cluster)) ? Directory.GetDirectories(Workspaces(cluster), "*-*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).Where(IsWorkspace) : [],
        .. Directory.GetFileSystemEntries(Path.Combine(cluster.Media, "incoming")),
        .. ended.SelectMany(job => SuperfluousOutputs(cluster, job)),
    ];

    // The result, and of the other attempts nothing.
    private static IEnumerable<string> SuperfluousOutputs(Cluster cluster, JobDocument job) =>
        Directory.GetFiles(Path.Combine(cluster.Media, "jobs", job.Id), "output-*").Where(output => job.Video is null || !output.EndsWith($"-{job.Attempts.Count}-{job.Video.Sha256}.mp4", StringComparison.Ordinal));

    // "runner-1" is the directory of a runner. The workspace of a failure is kept for people, and says so.
    private static bool IsWorkspace(string directory) =>
        !Path.GetFileName(directory).StartsWith("runner-", StringComparison.Ordinal) && !File.Exists(Path.Combine(directory, "kept"));

    private static async Task<IReadOnlyList<string>> OnRedisAsync(ConnectionMultiplexer redis, IReadOnlyCollection<JobDocument> ended)
    {
        var (server, database) = (redis.GetServers()[0], redis.GetDatabase());
        var left = new List<string>();
        foreach (var pattern in _empty)
        {
            await foreach (var key in server.KeysAsync(pattern: pattern))
                left.Add(key.ToString());
        }

        foreach (var state in ended.GroupBy(job => job.State.ToString().ToLowerInvariant()))
        {
            var ids = (await database.SortedSetRangeByRankAsync($"{{mt}}:state:{state.Key}")).ToStringArray();
            if (!state.Select(job => job.Id).Order().SequenceEqual(ids.Order()))
                left.Add($"{{mt}}:state:{state.Key} has {ids.Length} ids of {state.Count()}");
        }

        return left;
    }

    private static string Workspaces(Cluster cluster) => Path.Combine(cluster.Path, "workspaces");
}
