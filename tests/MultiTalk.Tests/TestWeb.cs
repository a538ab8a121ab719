using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MultiTalk.Web;
using MultiTalk.Web.Access;
using MultiTalk.Web.Components;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests;

/// <summary>
/// The real Web on a free loopback port, with its own redis-server and data directory; both are gone when it is disposed.
/// </summary>
public class TestWeb : WebApplicationFactory<App>
{
    private readonly Dictionary<string, string> _settings;

    /// <summary>The one-command default with the embedded runner.</summary>
    public TestWeb()
        : this([])
    {
    }

    /// <summary>The same, with some settings.</summary>
    protected TestWeb(Dictionary<string, string> settings)
    {
        _settings = settings;
        UseKestrel(0);
        StartServer();
    }

    /// <summary>Everything that it writes lies here.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("multitalk-").FullName;

    /// <summary>Where it listens.</summary>
    public Uri Address => ListeningAddress.Of(Services.GetRequiredService<IServer>());

    /// <summary>Its store.</summary>
    public JobStore Jobs => Services.GetRequiredService<JobStore>();

    /// <summary>Its keys and tokens.</summary>
    public AccessStore Access => Services.GetRequiredService<AccessStore>();

    /// <summary>A client with an API key of its own.</summary>
    public async Task<HttpClient> ClientAsync(string owner, params string[] scopes)
    {
        var key = Secret.New("mt_");
        await Access.AddKeyAsync(key, new Grant(Guid.NewGuid().ToString("n"), owner, scopes.Length == 0 ? [Scopes.Submit, Scopes.Read] : scopes));
        return Client(key);
    }

    /// <summary>A client with the token of a runner.</summary>
    public async Task<HttpClient> RunnerClientAsync()
    {
        var token = Secret.New("mtr_");
        await Access.SetRunnerTokenAsync(Guid.NewGuid().ToString("n"), token);
        return Client(token);
    }

    /// <summary>A client that nobody knows.</summary>
    public HttpClient Stranger() => Client(null);

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("MULTITALK_DATA", Data);
        // A test is quicker than a person; those of the limits set them.
        builder.UseSetting("Access:Limits:SubmissionsAMinute", "0");
        builder.ConfigureLogging(logging => logging.ClearProviders());
        foreach (var (name, value) in _settings)
            builder.UseSetting(name, value);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(Data, recursive: true);
        GC.SuppressFinalize(this);
    }

    private HttpClient Client(string? token) => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    };
}
