using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Tests.Docs;

/// <summary>What a reader has on the public Internet: a recording, and what speaks https before a receiver of webhooks.</summary>
internal sealed class PublicServer : IAsyncDisposable
{
    private static readonly X509Certificate2 _certificate = NewCertificate();

    private readonly WebApplication _app;
    private readonly HttpClient _receiver;

    private PublicServer(WebApplication app, HttpClient receiver) => (_app, _receiver) = (app, receiver);

    /// <summary>Where it listens.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>It is reached, and its certificate trusted.</summary>
    public static OutboundExceptions Exceptions { get; } = new(["127.0.0.0/8"], (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.GetCertHashString());

    /// <summary>Starts it.</summary>
    /// <param name="receiver">The socket on which the receiver will listen.</param>
    public static async Task<PublicServer> StartAsync(string receiver)
    {
        var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, ending) => ConnectAsync(receiver, ending) }) { BaseAddress = new("http://receiver") };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        var server = new PublicServer(builder.Build(), client);
        server._app.MapGet("/voice.wav", () => Results.File(Samples.Path("voice-left.wav"), "audio/wav"));
        server._app.MapPost("/hook", server.ForwardAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _receiver.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, context.Request.Path.Value) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)))
            request.Headers.Add(name, value.ToString());
        using var answer = await _receiver.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=reader", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
