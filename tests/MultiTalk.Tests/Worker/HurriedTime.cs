using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace MultiTalk.Tests.Worker;

/// <summary>A clock that jumps to the end of every pause, and remembers them.</summary>
internal sealed class HurriedTime : FakeTimeProvider
{
    /// <summary>How long they would have been, in their order.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Pauses.Enqueue(dueTime);
        Advance(dueTime);
        return timer;
    }
}
