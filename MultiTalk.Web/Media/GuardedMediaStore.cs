using System.Runtime.CompilerServices;

namespace MultiTalk.Web.Media;

/// <summary>
/// The chosen store. Whatever its client throws when it is away, slow or refuses comes out as <see cref="MediaUnavailableException"/>;
/// what goes wrong with the content that is to be stored comes out as it was.
/// </summary>
/// <param name="store">The store.</param>
public sealed class GuardedMediaStore(IMediaStore store) : IMediaStore
{
    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken) => await GuardAsync(async () =>
    {
        await store.PrepareAsync(cancellationToken);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task<string> SaveAsync(string name, Stream content, MediaExpectation expected, CancellationToken cancellationToken)
    {
        await using var source = new WatchedStream(content);
        try
        {
            return await store.SaveAsync(name, source, expected, cancellationToken);
        }
        catch (Exception exception) when (!source.Failed && MediaUnavailableException.Means(exception, cancellationToken))
        {
            throw MediaUnavailableException.Of(exception);
        }
    }

    /// <inheritdoc/>
    public async Task TakeAsync(string name, string path, CancellationToken cancellationToken) => await GuardAsync(async () =>
    {
        await store.TakeAsync(name, path, cancellationToken);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<MediaFile?> FindAsync(string name, CancellationToken cancellationToken) => GuardAsync(() => store.FindAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken) => GuardAsync(() => store.OpenAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<Uri?> LinkAsync(string name, TimeSpan lifetime, string contentType, CancellationToken cancellationToken) =>
        GuardAsync(() => store.LinkAsync(name, lifetime, contentType, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CopyAsync(string from, string to, CancellationToken cancellationToken) => GuardAsync(() => store.CopyAsync(from, to, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken) => await GuardAsync(async () =>
    {
        await store.DeleteAsync(name, cancellationToken);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MediaFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var files = store.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync(() => files.MoveNextAsync().AsTask(), cancellationToken))
            yield return files.Current;
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            return await use();
        }
        catch (Exception exception) when (MediaUnavailableException.Means(exception, cancellationToken))
        {
            throw MediaUnavailableException.Of(exception);
        }
    }
}
