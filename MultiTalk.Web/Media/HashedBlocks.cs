using System.Buffers;
using System.Security.Cryptography;

namespace MultiTalk.Web.Media;

/// <summary>Cuts a stream into the blocks of which the clouds make a file, in the memory of one block, and hashes it on the way.</summary>
internal sealed class HashedBlocks(Stream content, MediaExpectation expected) : IDisposable
{
    // S3 takes 10,000 parts of at least 5 MB, Azure 50,000 blocks: 80 GB at least.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    private const int BlockBytes = 8 << 20;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bytes;
    private int _length;

    /// <summary>The number of the block that was read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the block that was read is empty; only the last one is.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The SHA-256 of everything, lower-case hexadecimal, once the last block was read; null before.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>Reads the next block.</summary>
    /// <exception cref="UploadTooLargeException">There are more bytes than expected.</exception>
    /// <exception cref="DigestMismatchException">It was the last one, and the whole has another hash than expected.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        _length = await content.ReadAtLeastAsync(_buffer.AsMemory(0, BlockBytes), BlockBytes, throwOnEndOfStream: false, cancellationToken);
        Number++;
        if ((_bytes += _length) > expected.MaxBytes)
            throw new UploadTooLargeException(expected.Field, expected.MaxBytes);
        _hash.AppendData(_buffer, 0, _length);
        if (_length == BlockBytes)
            return;
        Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (expected.Sha256 is { } announced && announced != Sha256)
            throw new DigestMismatchException();
    }

    /// <summary>The bytes of the block that was read, until the next one is.</summary>
    public MemoryStream Open() => new(_buffer, 0, _length, writable: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _hash.Dispose();
    }
}
