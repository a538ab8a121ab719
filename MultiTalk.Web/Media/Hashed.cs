using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>Writes a stream to disk and hashes it on the way, in constant memory.</summary>
internal static class Hashed
{
    private const int BufferBytes = 1 << 18;

    /// <summary>The SHA-256 of a text in UTF-8, lower-case hexadecimal.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies to a new file. A block is hashed and written while the next one arrives.</summary>
    /// <returns>The SHA-256 of what was written, lower-case hexadecimal.</returns>
    /// <exception cref="DiskFullException">The disk has no room for it.</exception>
    /// <exception cref="MediaUnavailableException">The disk cannot be written.</exception>
    /// <exception cref="UploadTooLargeException">There was more than <paramref name="maxBytes"/>.</exception>
    public static async Task<string> CopyAsync(Stream from, string to, string field, long maxBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[][] buffers = [ArrayPool<byte>.Shared.Rent(BufferBytes), ArrayPool<byte>.Shared.Rent(BufferBytes)];
        var (keeping, bytes) = (Task.CompletedTask, 0L);
        await using var file = MediaUnavailableException.OnDisk(() => new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
        try
        {
            for (var turn = 0; ; turn ^= 1)
            {
                var read = await from.ReadAtLeastAsync(buffers[turn], BufferBytes, throwOnEndOfStream: false, cancellationToken);
                await keeping;
                if (read == 0)
                    break;
                if ((bytes += read) > maxBytes)
                    throw new UploadTooLargeException(field, maxBytes);
                var block = buffers[turn].AsMemory(0, read);
                keeping = Task.Run(() => Keep(file, hash, block.Span), CancellationToken.None);
            }
        }
        finally
        {
            // Whatever happened, nobody uses the buffers any more.
            await keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var buffer in buffers)
                ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Told apart from an upload that breaks off, which is an IOException too.
    private static void Keep(FileStream file, IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        try
        {
            file.Write(bytes);
        }
        catch (IOException exception)
        {
            throw MediaUnavailableException.Of(exception);
        }
    }
}
