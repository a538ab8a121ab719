using Microsoft.Extensions.Time.Testing;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class WatchdogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SilenceLimits _limits = new();
    private readonly TaskCompletionSource<int> _ends = new();
    private Stretch _stretch = Stretch.Loading;
    private DateTimeOffset _heard;

    public WatchdogTests() => _heard = _time.GetUtcNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Stretch.Loading, 30, "The script was silent for 30 min while it loaded the model, and was ended.")]
    [InlineData(Stretch.FirstStep, 15, "The script was silent for 15 min while it prepared the first step, and was ended.")]
    [InlineData(Stretch.Step, 45, "The script was silent for 45 min while it sampled a step, and was ended.")]
    [InlineData(Stretch.BetweenSegments, 10, "The script was silent for 10 min while it decoded a segment, and was ended.")]
    [InlineData(Stretch.Saving, 10, "The script was silent for 10 min while it saved the video, and was ended.")]
    public async Task A_run_that_is_silent_for_too_long_is_ended_and_told(Stretch stretch, int minutes, string title)
    {
        _stretch = stretch;
        var running = RunAsync(Cancellation);
        _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromMilliseconds(1));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var error = (await Assert.ThrowsAsync<GenerationFailedException>(() => running)).Error;
        Assert.Equal(("script_silent", title, true), (error.Code, error.Title, error.Retryable));
        Assert.Contains($"Runner:Silence:{stretch} ({minutes} min)", error.Cause, StringComparison.Ordinal);
        Assert.Contains($"raise Runner:Silence:{stretch}", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(["the last line"], error.Lines);
    }

    [Fact]
    public async Task Every_sign_of_life_starts_the_time_anew()
    {
        var running = RunAsync(Cancellation);
        for (var sign = 0; sign < 5; sign++)
        {
            _time.Advance(TimeSpan.FromMinutes(29));
            _heard = _time.GetUtcNow();
        }

        _time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromTicks(1));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<GenerationFailedException>(() => running);
    }

    [Fact]
    public async Task A_stretch_with_a_shorter_limit_is_not_noticed_late()
    {
        _stretch = Stretch.Step;
        var running = RunAsync(Cancellation);
        _time.Advance(TimeSpan.FromMinutes(12.3));
        (_stretch, _heard) = (Stretch.BetweenSegments, _time.GetUtcNow());

        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<GenerationFailedException>(() => running);
    }

    [Fact]
    public async Task A_limit_may_be_as_long_as_one_likes()
    {
        foreach (var limit in typeof(SilenceLimits).GetProperties())
            limit.SetValue(_limits, TimeSpan.MaxValue);
        var running = RunAsync(Cancellation);
        _time.Advance(TimeSpan.FromDays(100));
        _ends.SetResult(7);
        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task A_run_that_ends_is_not_watched_any_more()
    {
        var running = RunAsync(Cancellation);
        _ends.SetResult(3);
        Assert.Equal(3, await running);
        _time.Advance(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task A_failure_of_the_run_stays_what_it_is()
    {
        var running = RunAsync(Cancellation);
        _ends.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => running);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_canceled_run_is_canceled_and_not_silent(int minutes)
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync(cancel.Token, untilReleased: true);
        await cancel.CancelAsync();
        _time.Advance(TimeSpan.FromMinutes(minutes));
        _ends.SetResult(0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_script_that_hangs_is_ended_with_all_it_started()
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        using var workspace = Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        var listener = new Listener();
        var output = new ProgressReader(Plans.Of(), listener, listener, _time);
        var pipe = checkout.OpenPipeAsync();
        var script = new ScriptRunner(new() { KillAfter = TimeSpan.FromSeconds(0.1) });
        var running = Watchdog.RunAsync(token => script.RunAsync(workspace, Plans.Of(), output, token), Silence, () => [], _limits, _time, Cancellation);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        _time.Advance(_limits.Loading);

        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => running);
        Assert.Equal("script_silent", exception.Error.Code);
        Assert.Empty(checkout.Running);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
    }

    private (Stretch Stretch, TimeSpan For) Silence() => (_stretch, _time.GetUtcNow() - _heard);

    private Task<int> RunAsync(CancellationToken cancellationToken, bool untilReleased = false) => Watchdog.RunAsync(
        async token =>
        {
            if (!untilReleased)
                return await _ends.Task.WaitAsync(token);
            await _ends.Task;
            token.ThrowIfCancellationRequested();
            return 0;
        },
        Silence, () => ["the last line"], _limits, _time, cancellationToken);
}
