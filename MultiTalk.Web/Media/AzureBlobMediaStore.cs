using System.Runtime.CompilerServices;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Media;

/// <summary>The media store in a container of Azure Blob Storage. What breaks off leaves blocks that nobody sees and Azure drops after a week.</summary>
public sealed class AzureBlobMediaStore : IMediaStore, IDisposable
{
    // What a copy within the service takes at once: https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url
    private const long MaxCopyBytes = 256L << 20;

    // A delegation key lives for seven days at most; links take what is left of it.
    private static readonly TimeSpan _delegation = TimeSpan.FromHours(6);
    private static readonly TimeSpan _copySource = TimeSpan.FromMinutes(10);

    // Before another try.
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2);

    private readonly BlobServiceClient _service;
    private readonly BlobContainerClient _container;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _renewing = new(1);
    private UserDelegationKey? _delegationKey;

    /// <summary>Touches nothing yet.</summary>
    public AzureBlobMediaStore(IOptions<MediaOptions> options, TimeProvider time)
    {
        var azure = options.Value.Azure;
        var client = new BlobClientOptions();
        (client.Retry.NetworkTimeout, client.Retry.MaxRetries, client.Retry.Delay, client.Retry.MaxDelay) = (options.Value.Timeout, MediaOptions.Retries, _firstPause, _longestPause);
        _service = string.IsNullOrEmpty(azure.ConnectionString)
            ? new BlobServiceClient(azure.ServiceUri, new DefaultAzureCredential(), client)
            : new BlobServiceClient(azure.ConnectionString, client);
        _container = _service.GetBlobContainerClient(azure.Container);
        _time = time;
    }

    /// <summary>Makes the container if it is missing: who may not make one can use one that is there.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!await _container.ExistsAsync(cancellationToken))
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string> SaveAsync(string name, Stream content, MediaExpectation expected, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlockBlobClient(MediaName.Checked(name));
        using var blocks = new HashedBlocks(content, expected);
        var (writer, ids) = (Guid.NewGuid(), new List<string>());
        do
        {
            await blocks.ReadAsync(cancellationToken);
            if (blocks.IsEmpty)
                continue;
            // All ids of a blob have one length; those of two writers must not meet.
            ids.Add(Convert.ToBase64String([.. writer.ToByteArray(), .. BitConverter.GetBytes(blocks.Number)]));
            using var block = blocks.Open();
            await blob.StageBlockAsync(ids[^1], block, cancellationToken: cancellationToken);
        }
        while (blocks.Sha256 is null);

        try
        {
            await blob.CommitBlockListAsync(ids, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another writer of this name has finished meanwhile, which drops the blocks of all others: as if it had come just after.
        }

        return blocks.Sha256;
    }

    /// <inheritdoc/>
    public async Task<MediaFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var found = (await _container.GetBlobClient(MediaName.Checked(name)).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return new(name, found.ContentLength, found.LastModified);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(MediaName.Checked(name));
        try
        {
            var found = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            var unchanged = new BlobRequestConditions { IfMatch = found.ETag };
            return new RangedStream(found.ContentLength, async (first, last, ending) =>
                (await blob.DownloadStreamingAsync(new() { Range = new(first, last - first + 1), Conditions = unchanged }, ending)).Value.Content);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<Uri?> LinkAsync(string name, TimeSpan lifetime, string contentType, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(MediaName.Checked(name));
        var link = new BlobSasBuilder(BlobSasPermissions.Read, _time.GetUtcNow() + lifetime)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            ContentType = contentType,
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        if (blob.CanGenerateSasUri)
            return blob.GenerateSasUri(link);
        var key = await DelegationKeyAsync(link.ExpiresOn, cancellationToken);
        return new BlobUriBuilder(blob.Uri) { Sas = link.ToSasQueryParameters(key, blob.AccountName) }.ToUri();
    }

    /// <inheritdoc/>
    public async Task<bool> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        var target = _container.GetBlobClient(MediaName.Checked(to));
        if (await FindAsync(from, cancellationToken) is not { } source)
            return false;
        if (source.Bytes <= MaxCopyBytes)
        {
            try
            {
                await target.SyncCopyFromUriAsync(await LinkAsync(from, _copySource, "application/octet-stream", cancellationToken), cancellationToken: cancellationToken);
                return true;
            }
            catch (RequestFailedException exception) when (exception.Status == StatusCodes.Status404NotFound)
            {
                return false;
            }
        }

        await using var content = await OpenAsync(from, cancellationToken);
        if (content is null)
            return false;
        await SaveAsync(to, content, new(long.MaxValue, to), cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        _container.GetBlobClient(MediaName.Checked(name)).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MediaFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = MediaName.CheckedPrefix(prefix) }, cancellationToken))
            yield return new(blob.Name, blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? default);
    }

    /// <inheritdoc/>
    public void Dispose() => _renewing.Dispose();

    // Without the account's key, a link is signed by one that Azure gives to who may read: for some hours, so that most links cost no request.
    private async Task<UserDelegationKey> DelegationKeyAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (_delegationKey is null || _delegationKey.SignedExpiresOn < until)
                _delegationKey = (await _service.GetUserDelegationKeyAsync(null, until + _delegation, cancellationToken)).Value;
            return _delegationKey;
        }
        finally
        {
            _renewing.Release();
        }
    }
}
