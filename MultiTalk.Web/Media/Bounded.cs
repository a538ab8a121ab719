namespace MultiTalk.Web.Media;

/// <summary>Reads what is small, and refuses it if it is not.</summary>
internal static class Bounded
{
    /// <summary>All bytes of a stream.</summary>
    /// <exception cref="UploadTooLargeException">There were more than <paramref name="maxBytes"/>.</exception>
    public static async Task<byte[]> ReadAsync(Stream from, string field, int maxBytes, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await from.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maxBytes)
                throw new UploadTooLargeException(field, maxBytes);
        }

        return bytes.ToArray();
    }
}
