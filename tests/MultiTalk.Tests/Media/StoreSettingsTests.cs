using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;
using StackExchange.Redis;

namespace MultiTalk.Tests.Media;

public sealed class StoreSettingsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Theory(Timeout = 120_000)]
    [InlineData("Media:Store is neither disk nor azure nor s3", "Media:Store=ftp")]
    [InlineData("Set Media:Azure:ServiceUri", "Media:Store=azure")]
    [InlineData("Set Media:S3:Bucket", "Media:Store=s3")]
    [InlineData("Set Media:S3:Bucket", "Media:Store=s3", "Media:S3:Bucket=b", "Media:S3:Endpoint=minio")]
    [InlineData("Only one of Media:S3:AccessKey and Media:S3:SecretKey", "Media:Store=s3", "Media:S3:Bucket=b", "Media:S3:AccessKey=k")]
    [InlineData("Set Media:S3:Bucket", "Media:Store=s3", "Media:S3:Bucket=b", "Media:S3:Endpoint=ftp://127.0.0.1")]
    [InlineData("Media:S3:Bucket cannot be", "Media:Store=s3", "Media:S3:Bucket=My Bucket")]
    [InlineData("Copy it once more", "Media:Store=azure", "Media:Azure:ConnectionString=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=no-base64!;BlobEndpoint=http://127.0.0.1:1/a;")]
    [InlineData("Copy it once more", "Media:Store=azure", "Media:Azure:ConnectionString=whatever")]
    [InlineData("Copy it once more", "Media:Store=azure", "Media:Azure:ServiceUri=ftp://127.0.0.1")]
    [InlineData("Media:Azure:Container cannot be", "Media:Store=azure", "Media:Azure:ServiceUri=https://account.blob.core.windows.net", "Media:Azure:Container=My_Media")]
    public async Task A_store_that_is_not_said_rightly_ends_the_start_with_the_remedy(string remedy, params string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Append("urls=http://127.0.0.1:0").Append($"MULTITALK_DATA={_directory.Path}")
            .Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])));
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new RedisConnection(new ConfigurationOptions()));
        builder.AddMedia();
        await using var app = builder.Build();

        var error = await Record.ExceptionAsync(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(remedy, error?.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
