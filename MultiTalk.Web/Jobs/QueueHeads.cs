using System.Collections.Concurrent;
using System.Diagnostics;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// The first jobs of each queue, as they were a moment ago: those who claim at once share a look at them and try different jobs,
/// rather than all the same. What this process does to the queues is seen at once, what others do a moment later.
/// </summary>
internal sealed class QueueHeads(RedisConnection redis)
{
    private const int MostOfClass = 128;

    // Far less than a person notices, and enough for many claims.
    private static readonly TimeSpan _fresh = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, Task<Page>> _pages = new();

    /// <summary>The next job to be tried for a runner; null if none suits it.</summary>
    public async Task<JobPlace?> TakeAsync(Runner runner)
    {
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            var reading = _pages.GetOrAdd(runner.Engine, ReadAsync);
            var page = await ReadOf(reading);
            // A look that began after the question will do, however long it took.
            var current = page.At >= asked;
            if ((current || Stopwatch.GetElapsedTime(page.At) < _fresh) && page.TakeFor(runner) is { } place)
                return place;
            if (current && !page.HadFor(runner))
                return null;
            _pages.TryRemove(new(runner.Engine, reading));
        }

        // One that failed must not be taken for what there is.
        async Task<Page> ReadOf(Task<Page> reading)
        {
            try
            {
                return await reading;
            }
            catch
            {
                _pages.TryRemove(new(runner.Engine, reading));
                throw;
            }
        }
    }

    /// <summary>The queues have changed.</summary>
    public void Forget() => _pages.Clear();

    private async Task<Page> ReadAsync(string engine)
    {
        var at = Stopwatch.GetTimestamp();
        var classes = (await redis.Database.SetMembersAsync(Keys.Classes)).Select(name => JobClass.TryNamed((string)name!)).OfType<JobClass>().Where(kind => kind.Engine == engine);
        var heads = await Task.WhenAll(classes.Select(async kind =>
            (kind, Entries: await redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Queue(kind.Name), 0, MostOfClass - 1))));
        return new(at, [.. heads.SelectMany(head => head.Entries.Select(entry => (entry.Score, JobPlace.InQueue((string)entry.Element!, head.kind))))]);
    }

    /// <summary>One look.</summary>
    private sealed class Page(long at, IReadOnlyList<(double Score, JobPlace Place)> heads)
    {
        private readonly List<JobPlace> _left = [.. heads.OrderByDescending(head => head.Score).ThenByDescending(head => head.Place.Id, StringComparer.Ordinal).Select(head => head.Place)];
        private readonly List<JobClass> _classes = [.. heads.Select(head => head.Place.Class).Distinct()];

        /// <summary>When it began.</summary>
        public long At => at;

        /// <summary>Whether there was a job that suits a runner, taken by now or not.</summary>
        public bool HadFor(Runner runner) => _classes.Any(kind => kind.Suits(runner));

        /// <summary>Takes the first job that suits a runner.</summary>
        public JobPlace? TakeFor(Runner runner)
        {
            lock (_left)
            {
                var last = _left.FindLastIndex(place => place.Class.Suits(runner));
                if (last < 0)
                    return null;
                var place = _left[last];
                _left.RemoveAt(last);
                return place;
            }
        }
    }
}
