using System.Text;

namespace MultiTalk.Tests.Faults;

/// <summary>A call that a <see cref="Forwarder"/> holds.</summary>
/// <param name="start">What its first line contains.</param>
/// <param name="ofAnswer">Whether the Web has answered it already.</param>
internal sealed class HeldCall(string start, bool ofAnswer)
{
    private readonly byte[] _start = Encoding.ASCII.GetBytes(start);
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it is the answer that is held.</summary>
    public bool OfAnswer => ofAnswer;

    /// <summary>Until it is held; the test's time-out ends the wait.</summary>
    public Task ArrivedAsync() => _arrived.Task.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets it go on.</summary>
    public void Release() => _released.TrySetResult();

    internal bool Matches(ReadOnlySpan<byte> request) => request.IndexOf(_start) >= 0;

    internal Task WaitAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
