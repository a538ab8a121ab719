using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

/// <summary>A media store with a real server, for one class of tests.</summary>
public interface IStoreFixture : IAsyncLifetime
{
    /// <summary>The settings of a store of its own on the server, as configuration has them.</summary>
    Dictionary<string, string> NewSettings();

    /// <summary>Whether the server refuses a link whose signature is missing or another's.</summary>
    bool ChecksSignatures { get; }

    /// <summary>Whether the server puts a file in the place of another in one step.</summary>
    bool ReplacesAtOnce => true;

    /// <summary>A store of its own on the server, as the Web has it.</summary>
    Task<IMediaStore> NewAsync();
}

/// <summary>A media store with a server that can be away.</summary>
public interface ICloudFixture : IStoreFixture
{
    /// <summary>Ends the server. What it keeps in memory is gone.</summary>
    Task StopAsync();

    /// <summary>Starts it once more, at the same address.</summary>
    Task StartAgainAsync();

    /// <summary>It accepts connections and answers nothing.</summary>
    Task FreezeAsync();

    /// <summary>It goes on.</summary>
    Task ThawAsync();

    /// <summary>Makes settings ones with which the server lets nobody in.</summary>
    void Spoil(Dictionary<string, string> settings);
}

/// <summary>Directories.</summary>
public sealed class DiskFixture : IStoreFixture
{
    private readonly TempDirectory _directory = new();

    public bool ChecksSignatures => false;

    public Dictionary<string, string> NewSettings() => new() { ["Media:Directory"] = _directory[Guid.NewGuid().ToString("n")] };

    public async Task<IMediaStore> NewAsync()
    {
        var store = new DiskMediaStore(Options.Create(new MediaOptions { Directory = NewSettings()["Media:Directory"] }), TimeProvider.System);
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        return new GuardedMediaStore(store);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Containers of Azurite.</summary>
public sealed class AzuriteFixture : ICloudFixture
{
    private const string Account = "multitalk";

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly List<AzureBlobMediaStore> _stores = [];
    private NodeServer? _server;

    public bool ChecksSignatures => true;

    public Dictionary<string, string> NewSettings() => new()
    {
        ["Media:Store"] = "azure",
        ["Media:Azure:ConnectionString"] = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={_key};BlobEndpoint={_server!.Address}{Account};",
        ["Media:Azure:Container"] = "c" + Guid.NewGuid().ToString("n"),
    };

    public async Task<IMediaStore> NewAsync()
    {
        var settings = NewSettings();
        var store = new AzureBlobMediaStore(
            Options.Create(new MediaOptions { Azure = { ConnectionString = settings["Media:Azure:ConnectionString"], Container = settings["Media:Azure:Container"] } }), TimeProvider.System);
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        lock (_stores)
            _stores.Add(store);
        return new GuardedMediaStore(store);
    }

    public async ValueTask InitializeAsync() => _server = await NodeServer.StartAsync(
        "azurite/dist/src/blob/main.js", ("AZURITE_ACCOUNTS", $"{Account}:{_key}"),
        "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent");

    public Task StopAsync() => _server!.StopAsync();

    public Task StartAgainAsync() => _server!.StartAgainAsync();

    public Task FreezeAsync() => _server!.FreezeAsync();

    public Task ThawAsync() => _server!.ThawAsync();

    public void Spoil(Dictionary<string, string> settings) => settings["Media:Azure:ConnectionString"] =
        settings["Media:Azure:ConnectionString"].Replace(_key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(64)), StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(store => store.Dispose());
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Buckets of s3rver.</summary>
public sealed class S3Fixture : ICloudFixture
{
    // The one account that it knows.
    private const string Key = "S3RVER";

    private readonly TempDirectory _directory = new();
    private readonly List<S3MediaStore> _stores = [];
    private NodeServer? _server;

    // s3rver writes into the file that is there, whoever else does.
    public bool ReplacesAtOnce => false;

    // s3rver knows nothing of the signatures of today, but it knows when a link ends.
    public bool ChecksSignatures => false;

    public Dictionary<string, string> NewSettings() => new()
    {
        ["Media:Store"] = "s3",
        ["Media:S3:Endpoint"] = _server!.Address.AbsoluteUri,
        ["Media:S3:Bucket"] = "b" + Guid.NewGuid().ToString("n"),
        ["Media:S3:PathStyle"] = "true",
        ["Media:S3:AccessKey"] = Key,
        ["Media:S3:SecretKey"] = Key,
    };

    public async Task<IMediaStore> NewAsync()
    {
        var settings = NewSettings();
        var store = new S3MediaStore(
            Options.Create(new MediaOptions { S3 = { Endpoint = _server!.Address, Bucket = settings["Media:S3:Bucket"], PathStyle = true, AccessKey = Key, SecretKey = Key } }), TimeProvider.System);
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        lock (_stores)
            _stores.Add(store);
        return new GuardedMediaStore(store);
    }

    public async ValueTask InitializeAsync() => _server = await NodeServer.StartAsync(
        // Its marks of pages are enciphered in a way that OpenSSL 3 has retired.
        "s3rver/bin/s3rver.js", ("NODE_OPTIONS", $"--openssl-legacy-provider --require \"{NodeServer.Source("decode-copy-source.js")}\""),
        "--directory", _directory.Path, "--address", "127.0.0.1", "--port", "0", "--no-vhost-buckets", "--silent");

    public Task StopAsync() => _server!.StopAsync();

    public Task StartAgainAsync() => _server!.StartAgainAsync();

    public Task FreezeAsync() => _server!.FreezeAsync();

    public Task ThawAsync() => _server!.ThawAsync();

    public void Spoil(Dictionary<string, string> settings) => settings["Media:S3:AccessKey"] = "SOMEBODY";

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(store => store.Dispose());
        if (_server is not null)
            await _server.DisposeAsync();
        _directory.Dispose();
    }
}
