using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Security.AntiSSRF;
using MultiTalk.Tests.Webhooks;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Tests.Outbound;

/// <summary>The rules, with the handler that a Web uses.</summary>
public sealed class OutboundTests
{
    // What of it a client can be asked for; the others are no address that it takes.
    public static TheoryData<string> Inside { get; } = new(
    [
        "https://127.0.0.1/", "https://127.1/", "https://127.255.255.254/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0x0.0x0.0x1/", "https://0177.0.0.1/",
        "https://017700000001/", "https://0.0.0.0/", "https://0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data", "https://2852039166/", "https://0xa9fea9fe/", "https://168.63.129.16/", "https://192.0.0.192/", "https://224.0.0.1/",
        "https://255.255.255.255/", "https://240.0.0.1/", "https://198.18.0.1/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
        "https://[::ffff:169.254.169.254]/", "https://[::ffff:a83f:8110]/", "https://[::127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/",
    ]);

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Inside))]
    public async Task An_address_of_the_inside_is_refused_when_it_is_given_and_when_it_is_connected_to(string url)
    {
        using var outbound = new Rules();

        Assert.Equal("refused", outbound.Address.Check(url, "refused", "url")?.Code);
        using var client = outbound.Client();
        var refused = await Record.ExceptionAsync(() => client.GetAsync(url, TestContext.Current.CancellationToken));
        // The unspecified address is refused by the resolver already.
        Assert.True(refused is AntiSSRFException or ArgumentException, refused?.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("example.com/hook")]
    [InlineData("http://example.com/hook")]
    [InlineData("ftp://example.com/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    [InlineData("https://user:password@example.com/")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST./")]
    [InlineData("https://x.localhost/")]
    [InlineData("https://redis:6379/")]
    [InlineData("https://metadata.google.internal/")]
    [InlineData("https://printer.local/")]
    [InlineData("https://127.0.0.1./")]
    public void An_address_that_cannot_be_meant_is_refused(string? url)
    {
        using var outbound = new Rules();

        Assert.NotNull(outbound.Address.Check(url, "refused", "url"));
    }

    [Theory]
    [InlineData("https://example.com/hook?key=1")]
    [InlineData("https://example.com:8443/")]
    [InlineData("https://93.184.215.14/")]
    [InlineData("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/")]
    public void An_address_of_the_Internet_is_taken(string url)
    {
        using var outbound = new Rules();

        Assert.Null(outbound.Address.Check(url, "refused", "url"));
    }

    [Fact]
    public void An_address_that_is_too_long_is_refused()
    {
        using var outbound = new Rules();

        Assert.NotNull(outbound.Address.Check("https://example.com/" + new string('x', OutboundAddress.MaxLength), "refused", "url"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_name_that_leads_inside_is_refused_before_anything_connects()
    {
        using var outbound = new Rules();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = outbound.Client();

        await Assert.ThrowsAsync<AntiSSRFException>(() => client.GetAsync($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/", TestContext.Current.CancellationToken));

        Assert.False(listener.Pending());
    }

    [Fact(Timeout = 60_000)]
    public async Task Plain_http_is_refused_by_the_client_too()
    {
        using var outbound = new Rules();
        using var client = outbound.Client();

        await Assert.ThrowsAsync<AntiSSRFException>(() => client.GetAsync("http://93.184.215.14/", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_redirect_is_not_followed_and_no_cookie_is_kept_and_no_trace_is_told()
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.Headers.SetCookie = "a=b";
            context.Response.Redirect("https://169.254.169.254/");
            return Task.CompletedTask;
        });
        using var outbound = new Rules(Receiver.Exceptions);
        using var client = outbound.Client();
        using var activity = new System.Diagnostics.Activity("test").Start();

        for (var time = 0; time < 2; time++)
        {
            using var response = await client.GetAsync(receiver.Url, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
            var request = await receiver.NextAsync(TestContext.Current.CancellationToken);
            Assert.False(request.Headers.ContainsKey("Cookie"));
            Assert.False(request.Headers.ContainsKey("traceparent"));
        }

        Assert.Same(activity, System.Diagnostics.Activity.Current);
    }

    private sealed class Rules : IDisposable
    {
        private readonly WebApplication _app;

        public Rules(OutboundExceptions? exceptions = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.AddOutbound();
            if (exceptions is not null)
                builder.Services.AddSingleton(exceptions);
            _app = builder.Build();
        }

        public OutboundAddress Address => _app.Services.GetRequiredService<OutboundAddress>();

        public HttpClient Client() => _app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(OutboundClient.Name);

        public void Dispose() => ((IDisposable)_app).Dispose();
    }
}
