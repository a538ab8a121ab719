using System.Net;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>The media store in a bucket of S3, or of a server that speaks as it does.</summary>
public sealed class S3MediaStore : IMediaStore, IDisposable
{
    private const string FileType = "application/octet-stream";

    private static readonly TimeSpan _abortWithin = TimeSpan.FromSeconds(5);

    private readonly AmazonS3Client _client;
    private readonly S3Options _options;
    private readonly TimeProvider _time;

    /// <summary>Touches nothing yet.</summary>
    public S3MediaStore(IOptions<MediaOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value.S3, time);
        var config = new AmazonS3Config
        {
            ForcePathStyle = _options.PathStyle,
            Timeout = options.Value.Timeout,
            MaxErrorRetry = MediaOptions.Retries,
            // Every block is signed with its hash; many servers know nothing of the newer checksums.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_options.Endpoint is { } endpoint)
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint.AbsoluteUri, _options.Region);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(_options.Region);
        _client = string.IsNullOrEmpty(_options.AccessKey)
            ? new AmazonS3Client(config)
            : new AmazonS3Client(new BasicAWSCredentials(_options.AccessKey, _options.SecretKey), config);
    }

    /// <summary>Makes the bucket if it is missing.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken))
            await _client.PutBucketAsync(_options.Bucket, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string> SaveAsync(string name, Stream content, MediaExpectation expected, CancellationToken cancellationToken)
    {
        MediaName.Checked(name);
        using var blocks = new HashedBlocks(content, expected);
        await blocks.ReadAsync(cancellationToken);
        try
        {
            if (blocks.Sha256 is not null)
                await PutAsync(name, blocks, cancellationToken);
            else
                await PutInPartsAsync(name, blocks, cancellationToken);
        }
        // Amazon never says so, a server on somebody's disk does.
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.InsufficientStorage)
        {
            throw new DiskFullException(exception);
        }

        return blocks.Sha256!;
    }

    /// <inheritdoc/>
    public async Task<MediaFile?> FindAsync(string name, CancellationToken cancellationToken) =>
        await DescribeAsync(name, cancellationToken) is { } found ? new(name, found.ContentLength, At(found.LastModified)) : null;

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (await DescribeAsync(name, cancellationToken) is not { } found)
            return null;
        return new RangedStream(found.ContentLength, async (first, last, ending) =>
        {
            var request = new GetObjectRequest { BucketName = _options.Bucket, Key = name, ByteRange = new(first, last), EtagToMatch = found.ETag };
            return (await _client.GetObjectAsync(request, ending)).ResponseStream;
        });
    }

    /// <inheritdoc/>
    public async Task<Uri?> LinkAsync(string name, TimeSpan lifetime, string contentType, CancellationToken cancellationToken) => new(await _client.GetPreSignedURLAsync(new()
    {
        BucketName = _options.Bucket,
        Key = MediaName.Checked(name),
        Expires = (_time.GetUtcNow() + lifetime).UtcDateTime,
        Protocol = _options.Endpoint?.Scheme == Uri.UriSchemeHttp ? Protocol.HTTP : Protocol.HTTPS,
        ResponseHeaderOverrides = new() { ContentType = contentType },
    }));

    /// <inheritdoc/>
    public async Task<bool> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        try
        {
            await _client.CopyObjectAsync(_options.Bucket, MediaName.Checked(from), _options.Bucket, MediaName.Checked(to), cancellationToken);
            return true;
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        _client.DeleteObjectAsync(_options.Bucket, MediaName.Checked(name), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MediaFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = MediaName.CheckedPrefix(prefix) };
        do
        {
            var page = await _client.ListObjectsV2Async(request, cancellationToken);
            foreach (var found in page.S3Objects ?? [])
                yield return new(found.Key, found.Size ?? 0, At(found.LastModified));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.HeadBucketAsync(new() { BucketName = _options.Bucket }, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task<GetObjectMetadataResponse?> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetObjectMetadataAsync(_options.Bucket, MediaName.Checked(name), cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task PutAsync(string name, HashedBlocks blocks, CancellationToken cancellationToken)
    {
        using var whole = blocks.Open();
        var request = new PutObjectRequest { BucketName = _options.Bucket, Key = name, InputStream = whole, ContentType = FileType, UseChunkEncoding = false };
        await _client.PutObjectAsync(request, cancellationToken);
    }

    private async Task PutInPartsAsync(string name, HashedBlocks blocks, CancellationToken cancellationToken)
    {
        var upload = (await _client.InitiateMultipartUploadAsync(new() { BucketName = _options.Bucket, Key = name, ContentType = FileType }, cancellationToken)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            while (true)
            {
                using var part = blocks.Open();
                var request = new UploadPartRequest
                {
                    BucketName = _options.Bucket,
                    Key = name,
                    UploadId = upload,
                    PartNumber = blocks.Number,
                    InputStream = part,
                    PartSize = part.Length,
                    UseChunkEncoding = false,
                };
                parts.Add(new(blocks.Number, (await _client.UploadPartAsync(request, cancellationToken)).ETag));
                if (blocks.Sha256 is not null)
                    break;
                await blocks.ReadAsync(cancellationToken);
                if (blocks.IsEmpty)
                    break;
            }

            await _client.CompleteMultipartUploadAsync(new() { BucketName = _options.Bucket, Key = name, UploadId = upload, PartETags = parts }, cancellationToken);
        }
        catch
        {
            await AbortAsync(name, upload);
            throw;
        }
    }

    private async Task AbortAsync(string name, string upload)
    {
        using var limit = new CancellationTokenSource(_abortWithin);
        try
        {
            await _client.AbortMultipartUploadAsync(new() { BucketName = _options.Bucket, Key = name, UploadId = upload }, limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException || MediaUnavailableException.Means(exception, limit.Token))
        {
            // What went wrong before matters more. The parts are seen by nobody; a rule of the bucket drops them after a day or a week.
        }
    }

    private static DateTimeOffset At(DateTime? time) => time is { } modified ? new(modified.ToUniversalTime()) : default;
}
