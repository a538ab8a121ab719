namespace MultiTalk.Web.Access;

/// <summary>An upload of which the owner may send no more today.</summary>
internal sealed class UploadUsedUpException() : Exception("The owner has uploaded all that may be uploaded today. More may be tomorrow.");

/// <summary>A body that is paid for while it is read: what was announced at once, the rest by blocks.</summary>
/// <param name="body">The body.</param>
/// <param name="paid">Bytes that were paid for already.</param>
/// <param name="payAsync">Pays for more bytes; false if that would be too many.</param>
internal sealed class MeteredStream(Stream body, long paid, Func<long, Task<bool>> payAsync) : Stream
{
    private const long Block = 16 << 20;

    /// <summary>Bytes that were paid for and not read.</summary>
    public long Spare { get; private set; } = paid;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        if (read > Spare)
        {
            // A block ahead; close to the limit, no more than is needed.
            var needed = read - Spare;
            if (await payAsync(Math.Max(needed, Block)))
                Spare += Math.Max(needed, Block);
            else if (await payAsync(needed))
                Spare += needed;
            else
                throw new UploadUsedUpException();
        }

        Spare -= read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
