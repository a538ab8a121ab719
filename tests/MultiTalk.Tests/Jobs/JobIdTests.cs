using System.Collections.Concurrent;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed class JobIdTests
{
    [Fact]
    public void Ids_rise_also_within_a_millisecond_and_none_comes_twice()
    {
        var ids = Enumerable.Range(0, 20_000).Select(_ => JobStore.NewId()).ToList();

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Many_threads_make_none_twice()
    {
        var ids = new ConcurrentBag<string>();

        Parallel.For(0, 20_000, _ => ids.Add(JobStore.NewId()));

        Assert.Equal(20_000, ids.Distinct().Count());
    }

    [Fact]
    public void They_are_UUIDs_of_version_7_of_now()
    {
        var id = Guid.ParseExact(JobStore.NewId(), "n");

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        var made = DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("n")[..12], 16));
        Assert.InRange(DateTimeOffset.UtcNow - made, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(60));
    }
}
