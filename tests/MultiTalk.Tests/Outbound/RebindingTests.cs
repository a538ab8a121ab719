using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Security.AntiSSRF;
using MultiTalk.Tests.Webhooks;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Tests.Outbound;

/// <summary>
/// A name can answer with a public address when it is checked and with one of the inside when it is connected to. It cannot where
/// it is asked once a connection, and the answer is both checked and connected to. These look at all that the process does, so nothing
/// runs beside them.
/// </summary>
[Collection(nameof(RebindingTests))]
[CollectionDefinition(nameof(RebindingTests), DisableParallelization = true)]
public sealed class RebindingTests
{
    // All that may lead inside on a machine; those that do not exist there say nothing.
    private static readonly string[] _names =
    [
        "localhost", Dns.GetHostName(), "ip6-localhost", "ip6-loopback", "localhost.localdomain", "localhost4", "localhost6", "host.docker.internal", "gateway.docker.internal",
        "metadata.google.internal", "metadata", "instance-data", "kubernetes.default.svc", "x.localhost",
    ];

    public static TheoryData<string> NamesOfTheInside { get; } = new(_names.Distinct().Where(LeadsInside));

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(NamesOfTheInside))]
    public async Task A_name_of_the_inside_is_refused_when_it_is_connected_to(string name)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        listener.Start();
        await using var app = NewApp(new());
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(OutboundClient.Name);

        await Assert.ThrowsAsync<AntiSSRFException>(() => client.GetAsync($"https://{name}:{((IPEndPoint)listener.LocalEndpoint).Port}/", TestContext.Current.CancellationToken));

        Assert.False(listener.Pending());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_name_is_asked_once_a_connection_and_what_it_answers_is_connected_to()
    {
        await using var receiver = await Receiver.StartAsync();
        var address = new UriBuilder(receiver.Url) { Host = "localhost" }.Uri;
        await using var app = NewApp(Receiver.Exceptions with { Networks = ["127.0.0.0/8", "::1/128"] });
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(OutboundClient.Name);
        using var network = new Network();

        // As when a webhook is registered: its name is not looked up then, as the answer would be another one later.
        Assert.NotNull(app.Services.GetRequiredService<OutboundAddress>().Check(address.AbsoluteUri, "refused", "url"));
        Assert.Null(app.Services.GetRequiredService<OutboundAddress>().Check("https://webhooks.example/", "refused", "url"));
        Assert.Empty(network.Lookups);
        for (var request = 0; request < 2; request++)
        {
            using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(["localhost"], network.Lookups);
        // As the runtime writes an address: its family, its length, and its bytes, of which the first two are the port.
        Assert.Contains(network.Connections, connection => connection.StartsWith("InterNetwork", StringComparison.Ordinal) && connection.Contains($"{{{address.Port >> 8},{address.Port & 0xff},", StringComparison.Ordinal));
    }

    private static bool LeadsInside(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name) is { Length: > 0 } addresses && addresses.All(address => new OutboundAddress(new()).Check(new UriBuilder("https", address.ToString()).Uri.AbsoluteUri, "inside", "url") is not null);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static WebApplication NewApp(OutboundExceptions exceptions)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddOutbound();
        builder.Services.AddSingleton(exceptions);
        return builder.Build();
    }

    /// <summary>What the runtime says of lookups and connections of this process.</summary>
    private sealed class Network : EventListener
    {
        public ConcurrentQueue<string> Lookups { get; } = new();

        public ConcurrentQueue<string> Connections { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "System.Net.NameResolution" or "System.Net.Sockets")
                EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName is "ResolutionStart")
                Lookups.Enqueue((string)eventData.Payload![0]!);
            else if (eventData.EventName is "ConnectStart")
                Connections.Enqueue((string)eventData.Payload![0]!);
        }
    }
}
