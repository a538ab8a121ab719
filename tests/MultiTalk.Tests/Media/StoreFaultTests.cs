using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Api;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

/// <summary>What a store makes of answers that no sound server gives, and of a disk that is none any more.</summary>
public sealed class StoreFaultTests : IDisposable
{
    private const string Name = "jobs/x/output-1.mp4";
    private const int Parts = (8 << 20) + 100_000;

    private static readonly MediaExpectation _any = new(long.MaxValue, "output");

    private readonly TempDirectory _directory = new();

    /// <summary>Both clouds with each way to fail.</summary>
    public static TheoryData<string, string> Faults { get; } =
    [
        .. from cloud in new[] { MediaOptions.InAzure, MediaOptions.InS3 }
           from fault in new[] { "403", "429", "500", "503", "page", "break", "hang" }
           select new TheoryDataRow<string, string>(cloud, fault),
    ];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Faults))]
    public async Task Whatever_a_server_answers_that_is_no_answer_the_store_is_unavailable(string cloud, string fault)
    {
        await using var server = await FaultyServer.StartAsync(async context =>
        {
            switch (fault)
            {
                case "page":
                    context.Response.ContentType = "text/html";
                    context.Response.StatusCode = HttpMethods.IsHead(context.Request.Method) ? StatusCodes.Status502BadGateway : StatusCodes.Status200OK;
                    if (!HttpMethods.IsHead(context.Request.Method))
                        await context.Response.WriteAsync("<html><body>Please sign in to the hotel's network.");
                    break;
                case "break":
                    context.Abort();
                    break;
                case "hang":
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                    break;
                default:
                    context.Response.StatusCode = int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture);
                    break;
            }
        });
        using var client = StoreAt(cloud, server.Address);
        var store = new GuardedMediaStore((IMediaStore)client);

        if (fault != "page")
            await Assert.ThrowsAsync<MediaUnavailableException>(() => store.PrepareAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.FindAsync(Name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.OpenAsync(Name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.CopyAsync(Name, "jobs/y/output-1.mp4", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(async () => await store.ListAsync("jobs/", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        if (fault == "page")
            return;
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.SaveAsync(Name, new MemoryStream([1]), _any, TestContext.Current.CancellationToken));
        var error = await Assert.ThrowsAsync<MediaUnavailableException>(() => store.DeleteAsync(Name, TestContext.Current.CancellationToken));
        if (char.IsDigit(fault[0]))
            Assert.StartsWith(fault, error.Reason, StringComparison.Ordinal);
        Assert.Matches(@"^.{3,201}\.$", error.Reason);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(MediaOptions.InAzure)]
    [InlineData(MediaOptions.InS3)]
    public async Task Who_gives_up_is_not_told_that_the_store_is_away(string cloud)
    {
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var server = await FaultyServer.StartAsync(async context =>
        {
            await canceled.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var client = StoreAt(cloud, server.Address);
        var store = new GuardedMediaStore((IMediaStore)client);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.SaveAsync(Name, new MemoryStream([1]), _any, canceled.Token));
    }

    [Fact(Timeout = 60_000)]
    public async Task Parts_of_a_file_that_breaks_off_are_given_up_in_S3()
    {
        var asked = new ConcurrentQueue<string>();
        await using var server = await FaultyServer.StartAsync(async context =>
        {
            var request = context.Request;
            asked.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
            await request.Body.CopyToAsync(Stream.Null);
            context.Response.Headers.ETag = "\"1\"";
            if (request.Query.ContainsKey("uploads"))
                await context.Response.WriteAsync("<InitiateMultipartUploadResult><UploadId>17</UploadId></InitiateMultipartUploadResult>");
        });
        using var client = StoreAt(MediaOptions.InS3, server.Address);
        var content = new Trickle(new byte[Parts], () => throw new IOException("The client is gone."));

        var error = await Assert.ThrowsAsync<IOException>(() => new GuardedMediaStore((IMediaStore)client).SaveAsync(Name, content, _any, TestContext.Current.CancellationToken));

        Assert.Equal("The client is gone.", error.Message);
        Assert.Equal($"DELETE /bucket/{Name}?uploadId=17", asked.Last());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_directory_that_is_none_any_more_is_unavailable_and_the_content_is_not_to_blame()
    {
        var store = new GuardedMediaStore(new DiskMediaStore(Options.Create(new MediaOptions { Directory = _directory["media"] }), TimeProvider.System));
        await store.SaveAsync(Name, new MemoryStream([1]), _any, TestContext.Current.CancellationToken);
        Directory.Delete(_directory["media/incoming"], recursive: true);
        _directory.Write("media/incoming", "a file");

        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.SaveAsync(Name, new MemoryStream([1]), _any, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.PrepareAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<MediaUnavailableException>(() => store.CopyAsync(Name, "jobs/y/output-1.mp4", TestContext.Current.CancellationToken));
        Assert.Throws<MediaUnavailableException>(() => new Scratch(Options.Create(new MediaOptions { Scratch = _directory["media/incoming"] }), TimeProvider.System).NewIncoming());
        Assert.NotNull(await store.FindAsync(Name, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_for_which_the_store_takes_too_long_is_given_up_and_can_be_repeated()
    {
        var hangs = false;
        await using var server = await FaultyServer.StartAsync(async context =>
        {
            if (Volatile.Read(ref hangs))
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.Headers.ETag = "\"1\"";
            // The bucket is there, and no file.
            context.Response.StatusCode = HttpMethods.IsHead(context.Request.Method) && context.Request.Path.Value!.Split('/').Length > 2 ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        });
        await using var web = new SlowWeb(server.Address);
        using var client = await web.ClientAsync("ada");
        var media = await MediaUploadTests.UploadAsync(client);

        Volatile.Write(ref hangs, true);
        using var slow = await client.DeleteAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken);
        Volatile.Write(ref hangs, false);
        using var again = await client.DeleteAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "request_timeout"), (slow.StatusCode, await slow.ProblemCodeAsync()));
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
    }

    public void Dispose() => _directory.Dispose();

    private static IDisposable StoreAt(string cloud, Uri address)
    {
        var options = Options.Create(new MediaOptions { Timeout = TimeSpan.FromSeconds(0.3) });
        options.Value.Azure.ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint={address}a;";
        (options.Value.S3.Endpoint, options.Value.S3.Bucket, options.Value.S3.PathStyle) = (address, "bucket", true);
        (options.Value.S3.AccessKey, options.Value.S3.SecretKey) = ("key", "secret");
        return cloud == MediaOptions.InAzure ? new AzureBlobMediaStore(options, TimeProvider.System) : new S3MediaStore(options, TimeProvider.System);
    }

    private sealed class SlowWeb(Uri store) : TestWeb(new()
    {
        ["Embedded:Runner"] = "false",
        ["Api:RequestTimeout"] = "00:00:01",
        ["Media:Store"] = "s3",
        ["Media:S3:Endpoint"] = store.AbsoluteUri,
        ["Media:S3:Bucket"] = "bucket",
        ["Media:S3:PathStyle"] = "true",
        ["Media:S3:AccessKey"] = "key",
        ["Media:S3:SecretKey"] = "secret",
    });

    /// <summary>A server on loopback that fails as a test tells it to.</summary>
    private sealed class FaultyServer(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.Single());

        public static async Task<FaultyServer> StartAsync(RequestDelegate answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            app.Run(answer);
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new(app);
        }

        public async ValueTask DisposeAsync()
        {
            // Those that hang are not waited for.
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
    }
}
