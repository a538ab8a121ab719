namespace MultiTalk.Tests.Media;

/// <summary>Bytes that arrive in pieces, as over a network, and something that happens before the last.</summary>
internal sealed class Trickle(byte[] bytes, Action? beforeLast = null) : MemoryStream(bytes, writable: false)
{
    private const int PieceBytes = 60_001;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        if (beforeLast is not null && Length - Position is var left and <= PieceBytes && left < Length)
        {
            beforeLast();
            cancellationToken.ThrowIfCancellationRequested();
        }

        // In two pieces at least, so that something is there when it happens.
        var most = (int)Math.Min(PieceBytes, Math.Max(1, Length / 2));
        return await base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
