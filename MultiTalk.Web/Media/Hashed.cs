using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>Writes a stream to disk and hashes it on the way, in constant memory.</summary>
internal static class Hashed
{
    private const int BufferBytes = 1 << 17;

    /// <summary>The SHA-256 of a text in UTF-8, lower-case hexadecimal.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies to a new file.</summary>
    /// <returns>The SHA-256 of what was written, lower-case hexadecimal.</returns>
    /// <exception cref="DiskFullException">The disk has no room for it.</exception>
    /// <exception cref="MediaUnavailableException">The disk cannot be written.</exception>
    /// <exception cref="UploadTooLargeException">There was more than <paramref name="maxBytes"/>.</exception>
    public static async Task<string> CopyAsync(Stream from, string to, string field, long maxBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var file = MediaUnavailableException.OnDisk(() => new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true));
            for (int read; (read = await from.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (file.Position + read > maxBytes)
                    throw new UploadTooLargeException(field, maxBytes);
                hash.AppendData(buffer, 0, read);
                await WriteAsync(file, buffer.AsMemory(0, read), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Told apart from an upload that breaks off, which is an IOException too.
    private static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException exception)
        {
            throw MediaUnavailableException.Of(exception);
        }
    }
}
