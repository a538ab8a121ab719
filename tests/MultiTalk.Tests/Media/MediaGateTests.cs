using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Tests.Media;

public sealed class MediaGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_than_two_conversions_run_at_a_time()
    {
        var (running, most) = (0, 0);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Without the gate, all would run before the first of them goes on.
        Task<int>[] conversions = [.. Enumerable.Range(0, 6).Select(number => MediaGate.RunAsync(() => ConvertAsync(number), Cancellation))];
        go.SetResult();

        Assert.Equal(Enumerable.Range(0, 6), await Task.WhenAll(conversions));
        Assert.InRange(most, 1, MediaGate.Places);

        async Task<int> ConvertAsync(int number)
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await go.Task;
            Interlocked.Decrement(ref running);
            return number;
        }
    }

    [Fact]
    public async Task Who_waits_for_a_place_can_be_canceled()
    {
        var go = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int>[] conversions = [.. Enumerable.Range(0, MediaGate.Places).Select(_ => MediaGate.RunAsync(() => go.Task, Cancellation))];
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var waiting = MediaGate.RunAsync(() => Task.FromResult(0), cancel.Token);
        await cancel.CancelAsync();
        var waited = await Record.ExceptionAsync(() => waiting);
        // Before the assertion: other tests need the places too.
        go.SetResult(0);
        await Task.WhenAll(conversions);

        Assert.IsType<OperationCanceledException>(waited, exactMatch: false);
    }

    [Fact]
    public async Task A_failed_conversion_gives_its_place_back()
    {
        for (var time = 0; time <= MediaGate.Places; time++)
            await Assert.ThrowsAsync<InvalidDataException>(() => MediaGate.RunAsync(() => Task.FromException<int>(new InvalidDataException()), Cancellation));
    }
}
