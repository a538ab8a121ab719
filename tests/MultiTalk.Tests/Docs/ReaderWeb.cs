using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace MultiTalk.Tests.Docs;

/// <summary>The Web of somebody who reads the documents: the one-command default with its preview runner, and the usual limits.</summary>
internal sealed class ReaderWeb() : TestWeb(new() { ["Access:ApiKey"] = Key, ["Access:Limits:SubmissionsAMinute"] = "60" })
{
    /// <summary>The administrator's key.</summary>
    public const string Key = "a key of the tests, long enough to be taken";

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services.AddSingleton(PublicServer.Exceptions));
    }
}
