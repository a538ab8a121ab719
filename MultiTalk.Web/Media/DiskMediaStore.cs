using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>
/// The media store in a directory. What arrives is written beside the files, in <c>incoming/</c>, and moved in whole; a directory goes
/// with its last file.
/// </summary>
public sealed class DiskMediaStore : IMediaStore
{
    private readonly string _root;
    private readonly string _incoming;
    private readonly TimeProvider _time;

    /// <summary>Touches nothing yet.</summary>
    public DiskMediaStore(IOptions<MediaOptions> options, TimeProvider time)
    {
        _root = Path.GetFullPath(options.Value.Directory);
        _incoming = Path.Combine(_root, MediaName.Incoming);
        _time = time;
    }

    /// <summary>Makes the directory, removes what a killed Web left half-done, and sees that it can be written.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        Scratch.Open(_incoming, _time);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<string> SaveAsync(string name, Stream content, MediaExpectation expected, CancellationToken cancellationToken)
    {
        var (target, partial) = (PathOf(name), NewPartial());
        try
        {
            var sha256 = await Hashed.CopyAsync(content, partial, expected.Field, expected.MaxBytes, cancellationToken);
            if (expected.Sha256 is { } announced && announced != sha256)
                throw new DigestMismatchException();
            MoveIn(partial, target);
            return sha256;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <inheritdoc/>
    public Task TakeAsync(string name, string path, CancellationToken cancellationToken) =>
        // By way of a partial file: from another file system, a move is a copy.
        PutAsync(name, partial => File.Move(path, partial), cancellationToken);

    /// <inheritdoc/>
    public Task<MediaFile?> FindAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(Describe(new FileInfo(PathOf(name))));

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <inheritdoc/>
    public Task<Uri?> LinkAsync(string name, TimeSpan lifetime, string contentType, CancellationToken cancellationToken) => Task.FromResult<Uri?>(null);

    /// <inheritdoc/>
    public async Task<bool> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        var source = PathOf(from);
        try
        {
            await PutAsync(to, partial => File.Copy(source, partial), cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException && !File.Exists(source))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        try
        {
            File.Delete(path);
            for (var (directory, above) = (Above(path), Above(Above(path))); directory != _root && above != _root; (directory, above) = (above, Above(above)))
                Directory.Delete(directory);
        }
        catch (DirectoryNotFoundException)
        {
            // Another Web was faster.
        }
        catch (IOException) when (!File.Exists(path))
        {
            // The directory holds other files.
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MediaFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var directory = new DirectoryInfo(Path.Combine(_root, MediaName.CheckedPrefix(prefix)[..(prefix.LastIndexOf('/') + 1)]));
        if (!directory.Exists)
            yield break;
        foreach (var file in directory.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0 }))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Describe(file) is { } found && found.Name.StartsWith(prefix, StringComparison.Ordinal) && !found.Name.StartsWith(MediaName.Incoming + '/', StringComparison.Ordinal))
                yield return found;
        }
    }

    private string PathOf(string name) => Path.Combine(_root, MediaName.Checked(name));

    private static string Above(string path) => Path.GetDirectoryName(path)!;

    private string NewPartial() => Path.Combine(Directory.CreateDirectory(_incoming).FullName, Guid.NewGuid().ToString("n"));

    private async Task PutAsync(string name, Action<string> write, CancellationToken cancellationToken)
    {
        var (target, partial) = (PathOf(name), NewPartial());
        try
        {
            // Bytes may have to be copied, which no asynchronous call does as cheaply.
            await Task.Run(() => write(partial), cancellationToken);
            MoveIn(partial, target);
        }
        catch (IOException exception) when (DiskFullException.Means(exception))
        {
            throw new DiskFullException(exception);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void MoveIn(string partial, string target)
    {
        var directory = Above(target);
        while (true)
        {
            try
            {
                Directory.CreateDirectory(directory);
                File.Move(partial, target, overwrite: true);
                return;
            }
            catch (IOException exception) when (HasComeOrGone(exception) && File.Exists(partial) && !File.Exists(directory))
            {
                // Its only neighbour was deleted just now, and the empty directory with it; which may be there again by now.
            }
        }
    }

    // 17 is EEXIST (errno(3)): it was there when it was to be made, and was not when that was looked at.
    private static bool HasComeOrGone(IOException exception) => exception is DirectoryNotFoundException or FileNotFoundException || exception.HResult == 17;

    // Null if it has gone meanwhile.
    private MediaFile? Describe(FileInfo file)
    {
        try
        {
            return new(Path.GetRelativePath(_root, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
