namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// A PNG reduced to what its pixels are made of. ffmpeg inflates texts and colour profiles too, of which we use nothing:
/// 2 MB of them can fill gigabytes of memory. What animates a PNG goes as well, and its still picture stays.
/// </summary>
internal static class PlainPng
{
    /// <summary>Copies the chunks that are needed, as they are: their checksums are still the decoder's to check.</summary>
    /// <exception cref="DiskFullException">There is no room at <paramref name="target"/>.</exception>
    public static async Task WriteAsync(string source, string target, CancellationToken cancellationToken)
    {
        var file = await File.ReadAllBytesAsync(source, cancellationToken);
        try
        {
            await using var plain = File.Create(target);
            Copy(file, plain);
        }
        catch (IOException exception) when (DiskFullException.Means(exception))
        {
            throw new DiskFullException(exception);
        }
    }

    private static void Copy(ReadOnlySpan<byte> file, FileStream plain)
    {
        plain.Write(file[..PngChunks.SignatureLength]);
        for (var chunks = new PngChunks(file); chunks.Next();)
        {
            if (IsNeeded(chunks.Name))
                plain.Write(chunks.Whole);
        }
    }

    private static bool IsNeeded(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("IHDR"u8) || name.SequenceEqual("PLTE"u8) || name.SequenceEqual("tRNS"u8) || name.SequenceEqual("IDAT"u8) || name.SequenceEqual("IEND"u8);
}
