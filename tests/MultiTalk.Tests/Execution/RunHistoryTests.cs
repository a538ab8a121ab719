using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class RunHistoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Runs_are_remembered_over_a_restart_and_make_the_next_estimate()
    {
        var plan = Plans.Of(segments: 5, steps: 20, samples: 160_000);
        var history = new RunHistory(_directory.Path);
        history.Add(plan, TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(20));
        history.Add(plan, TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(40));

        var run = Assert.Single(new RunHistory(_directory.Path).Measurements);

        Assert.Equal((plan.Engine, 2), (run.Engine, run.Runs));
        Assert.Equal(150, run.SecondsPerUnit * Workload.Units(plan), 0.001);
        Assert.Equal(30, run.FixedSeconds, 0.001);
        Assert.Equal(3, Planner.For(plan, new() { Blockers = [], Measurements = [run] }).Estimate.Minutes);
    }

    [Fact]
    public void What_tells_nothing_is_not_remembered()
    {
        var history = new RunHistory(_directory.Path);
        history.Add(Plans.Of(), TimeSpan.Zero, TimeSpan.FromSeconds(9));
        history.Add(Plans.Of() with { Script = "A guess" }, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(9));

        Assert.Empty(history.Measurements);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[{\"engine\":")]
    [InlineData("null")]
    [InlineData("[null]")]
    public void A_damaged_memory_is_an_empty_one(string content)
    {
        File.WriteAllText(_directory["measurements.json"], content);

        Assert.Empty(new RunHistory(_directory.Path).Measurements);
    }

    public void Dispose() => _directory.Dispose();
}
