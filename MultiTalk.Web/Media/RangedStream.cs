namespace MultiTalk.Web.Media;

/// <summary>A stored file that is read by requests for ranges, no more of it than is asked for but for the rest of a window.</summary>
/// <param name="length">The length of the file in bytes.</param>
/// <param name="open">Asks for the bytes from the first to the last, both included.</param>
/// <remarks>Reading throws <see cref="MediaUnavailableException"/> where the store fails.</remarks>
internal sealed class RangedStream(long length, Func<long, long, CancellationToken, Task<Stream>> open) : Stream
{
    // What a request fetches at most: whoever wants a little does not make the store send all the rest.
    private const long WindowBytes = 8 << 20;

    private Stream? _window;
    private long _windowEnd;
    private long _position;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value != _position)
                CloseWindow();
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty)
            return 0;
        var read = await FetchAsync(buffer, cancellationToken);
        if ((_position += read) == _windowEnd)
            CloseWindow();
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => length,
    };

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It comes over the network: read it asynchronously.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            CloseWindow();
        base.Dispose(disposing);
    }

    private async Task<int> FetchAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (_window is null)
            {
                _windowEnd = Math.Min(_position + WindowBytes, length);
                _window = await open(_position, _windowEnd - 1, cancellationToken);
            }

            return await _window.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new EndOfStreamException($"The store sent {_position} bytes of {length}.");
        }
        catch (Exception exception) when (MediaUnavailableException.Means(exception, cancellationToken))
        {
            throw MediaUnavailableException.Of(exception);
        }
    }

    private void CloseWindow()
    {
        _window?.Dispose();
        _window = null;
    }
}
