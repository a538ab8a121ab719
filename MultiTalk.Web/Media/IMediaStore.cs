namespace MultiTalk.Web.Media;

/// <summary>A stored file.</summary>
/// <param name="Name">Its name, such as <c>jobs/{id}/image.png</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ModifiedAt">When it was stored.</param>
public sealed record MediaFile(string Name, long Bytes, DateTimeOffset ModifiedAt);

/// <summary>
/// Where the bytes of jobs and uploads are: on disk, in Azure Blob or in S3. Names are ours, with slashes, of lower-case letters, digits,
/// hyphens and dots; a client's file name is never part of one. A file appears whole or not at all, and never changes.
/// </summary>
public interface IMediaStore
{
    /// <summary>Sees that the store can be used, and makes what it needs and lacks: the directory, the container, the bucket.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Stores what a stream holds, in constant memory, in place of what had this name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="expected">What must be true of them; nothing is kept otherwise.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept.</param>
    /// <returns>The SHA-256 of the bytes, lower-case hexadecimal.</returns>
    /// <exception cref="UploadTooLargeException">There are more than expected.</exception>
    /// <exception cref="DigestMismatchException">They have another hash than expected.</exception>
    /// <exception cref="GpuRunner.Media.DiskFullException">There is no room for them.</exception>
    Task<string> SaveAsync(string name, Stream content, MediaExpectation expected, CancellationToken cancellationToken);

    /// <summary>Stores a finished local file, in place of what had this name. The file is the store's from then on: it may be gone from its path.</summary>
    /// <param name="name">The name.</param>
    /// <param name="path">The local file.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept.</param>
    /// <exception cref="GpuRunner.Media.DiskFullException">There is no room for it.</exception>
    async Task TakeAsync(string name, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await SaveAsync(name, file, new(long.MaxValue, name), cancellationToken);
    }

    /// <summary>A file; null if there is none.</summary>
    Task<MediaFile?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading. The stream can seek, and reads no more of the file than is asked of it.</summary>
    /// <returns>Null if there is none.</returns>
    Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>An address from which anybody who has it may read the file for a while, without this program; null if this store has no such thing.</summary>
    /// <param name="name">The name.</param>
    /// <param name="lifetime">For how long.</param>
    /// <param name="contentType">What the answer says it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<Uri?> LinkAsync(string name, TimeSpan lifetime, string contentType, CancellationToken cancellationToken);

    /// <summary>Copies a file within the store.</summary>
    /// <returns>False if there is none to be copied.</returns>
    Task<bool> CopyAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Removes one file; nothing happens if there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists the files whose names begin so, in no particular order.</summary>
    IAsyncEnumerable<MediaFile> ListAsync(string prefix, CancellationToken cancellationToken);
}

/// <summary>What must be true of what is stored.</summary>
/// <param name="MaxBytes">There are no more bytes than this.</param>
/// <param name="Field">What the upload is called, for the error.</param>
/// <param name="Sha256">They have this hash, lower-case hexadecimal; null for any.</param>
public sealed record MediaExpectation(long MaxBytes, string Field, string? Sha256 = null);

/// <summary>The bytes that arrived have another SHA-256 than announced; nothing of them was kept.</summary>
public sealed class DigestMismatchException() : IOException("The bytes that arrived have another SHA-256 than announced.");
