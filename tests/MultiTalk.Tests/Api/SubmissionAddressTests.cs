using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Api;
using MultiTalk.Web.Media;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Tests.Api;

public sealed class SubmissionAddressTests(SubmissionAddressTests.OutgoingWeb web) : IClassFixture<SubmissionAddressTests.OutgoingWeb>
{
    private const string Secret = "what only the inside may read";

    private static readonly byte[] _portrait = File.ReadAllBytes(Samples.Path("portrait.png"));
    private static readonly byte[] _voice = File.ReadAllBytes(Samples.Path("voice.wav"));

    private readonly string _owner = Guid.NewGuid().ToString("n");

    [Fact(Timeout = 120_000)]
    public async Task A_job_of_addresses_has_the_plan_of_the_same_files()
    {
        await using var server = await AnsweringServer.StartAsync(AnswerAsync);
        using var client = await web.ClientAsync(_owner);
        const string Options = """{"engine":"multitalk","seed":7}""";

        using var uploaded = await client.PostAsync(JobsApi.Root, Samples.Submission(Options), TestContext.Current.CancellationToken);
        using var fetched = await client.PostAsync(JobsApi.Root, Json(server.Address("/image"), server.Address("/voice?a=b"), Options), TestContext.Current.CancellationToken);

        var (first, second) = (await web.Jobs.FindAsync((await uploaded.JobAsync()).Id), await web.Jobs.FindAsync((await fetched.JobAsync()).Id));
        Assert.Equal(first!.Request.Inputs, second!.Request.Inputs);
        Assert.Equal(JsonSerializer.Serialize(first.Plan), JsonSerializer.Serialize(second.Plan));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("/404", "input_not_found", "404")]
    [InlineData("/410", "input_not_found", "410")]
    [InlineData("/401", "input_refused", "401")]
    [InlineData("/403", "input_refused", "403")]
    [InlineData("/500", "input_failed", "500")]
    [InlineData("/206", "input_failed", "206")]
    [InlineData("/204", "input_failed", "204")]
    [InlineData("/redirect", "input_redirected", "302")]
    [InlineData("/large", "input_too_large", "32 MB")]
    [InlineData("/endless", "input_too_large", "32 MB")]
    [InlineData("/slow", "input_too_slow", "3 s")]
    [InlineData("/silent", "input_too_slow", "3 s")]
    [InlineData("/short", "input_incomplete", "broke off")]
    [InlineData("/dead", "input_unreachable", "cannot be reached")]
    [InlineData("/page", "image_not_supported", "picture")]
    [InlineData("/playlist", "image_not_supported", "picture")]
    public async Task What_an_address_does_wrong_is_said_without_what_it_answered(string path, string code, string said)
    {
        await using var server = await AnsweringServer.StartAsync(AnswerAsync);
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(JobsApi.Root, Json(server.Address(path), server.Address("/voice")), TestContext.Current.CancellationToken);

        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, code, "image"), (response.StatusCode, await response.ProblemCodeAsync(), await SubmissionJsonTests.FieldAsync(response)));
        Assert.Contains(said, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.Empty(await web.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("http://example.com/a.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/a.png")]
    [InlineData("https://user:password@example.com/a.png")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://10.0.0.1/a.png")]
    [InlineData("https://[::1]/a.png")]
    [InlineData("https://localhost/a.png")]
    [InlineData("https://0x0a000001/a.png")]
    [InlineData("https://")]
    public async Task An_address_of_the_inside_is_refused_before_anything_is_sent(string address)
    {
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(JobsApi.Root + "/plan", Json(address, address), TestContext.Current.CancellationToken);

        Assert.Equal("input_invalid", await response.ProblemCodeAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_repeated_submission_fetches_nothing()
    {
        await using var server = await AnsweringServer.StartAsync(AnswerAsync);
        using var client = await web.ClientAsync(_owner);

        using var first = await SubmitAsync();
        using var second = await SubmitAsync();

        Assert.Equal((await first.JobAsync()).Id, (await second.JobAsync()).Id);
        Assert.Equal(2, server.Asked);

        Task<HttpResponseMessage> SubmitAsync() => client.SendAsync(
            new(HttpMethod.Post, JobsApi.Root) { Content = Json(server.Address("/image"), server.Address("/voice")), Headers = { { "Idempotency-Key", _owner } } }, TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_costs_nothing_to_check_is_checked_before_anything_is_fetched()
    {
        await using var server = await AnsweringServer.StartAsync(AnswerAsync);
        using var client = await web.ClientAsync(_owner);

        using var options = await client.PostAsync(JobsApi.Root, Json(server.Address("/image"), server.Address("/voice"), """{"steps":0}"""), TestContext.Current.CancellationToken);
        using var media = await client.PostAsync(JobsApi.Root, Json(server.Address("/image"), Guid.NewGuid().ToString("n")), TestContext.Current.CancellationToken);

        Assert.Equal(("steps_out_of_range", "media_not_found"), (await options.ProblemCodeAsync(), await media.ProblemCodeAsync()));
        Assert.Equal(0, server.Asked);
    }

    [Fact(Timeout = 120_000)]
    public async Task No_more_than_three_are_fetched_at_once()
    {
        using var directory = new TempDirectory();
        using var handler = new Held();
        using var fetcher = new InputFetcher(handler, Options.Create(new MediaOptions()), TimeProvider.System);

        // Without the limit, all of them would be asked for before the first is answered.
        Task[] fetches = [.. Enumerable.Range(0, 7).Select(number => fetcher.FetchAsync(new("https://example.com"), "image", directory[$"{number}"], _ => Task.FromResult(true), TestContext.Current.CancellationToken))];
        var atOnce = handler.Asked;
        handler.Go.SetResult();
        await Task.WhenAll(fetches);

        Assert.Equal((3, 7), (atOnce, handler.Asked));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_failed_fetch_gives_its_place_back()
    {
        using var directory = new TempDirectory();
        using var handler = new Held(HttpStatusCode.NotFound);
        using var fetcher = new InputFetcher(handler, Options.Create(new MediaOptions()), TimeProvider.System);
        handler.Go.SetResult();

        for (var number = 0; number < 5; number++)
        {
            var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => fetcher.FetchAsync(new("https://example.com"), "image", directory["a"], _ => Task.FromResult(true), TestContext.Current.CancellationToken));
            Assert.Equal("input_not_found", refused.Problems[0].Code);
        }
    }

    private static StringContent Json(string image, string voice, string options = "{}") => new(
        $$"""{"image":"{{image}}","voice1":"{{voice}}","prompt":"{{Samples.Prompt}}","options":{{options}}}""", Encoding.UTF8, "application/json");

    private static async Task AnswerAsync(HttpContext context)
    {
        var (response, gone) = (context.Response, context.RequestAborted);
        try
        {
            await AnswerAsync(context, context.Request.Path.Value!.TrimStart('/'), response, gone);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The Web has hung up.
        }
    }

    private static async Task AnswerAsync(HttpContext context, string what, HttpResponse response, CancellationToken gone)
    {
        switch (what)
        {
            case "image":
                await response.Body.WriteAsync(_portrait, gone);
                break;
            case "voice":
                await response.Body.WriteAsync(_voice, gone);
                break;
            case "redirect":
                (response.StatusCode, response.Headers.Location) = (302, "http://127.0.0.1:6379/");
                break;
            case "large":
                response.ContentLength = 10L << 30;
                await response.Body.WriteAsync(_portrait, gone);
                await Task.Delay(Timeout.Infinite, gone);
                break;
            case "endless":
                while (true)
                    await response.Body.WriteAsync(new byte[1 << 20], gone);
            case "slow":
                await response.Body.WriteAsync(_portrait.AsMemory(0, 100), gone);
                await Task.Delay(Timeout.Infinite, gone);
                break;
            case "silent":
                await Task.Delay(Timeout.Infinite, gone);
                break;
            case "short":
                // Kestrel closes the connection of an answer that is shorter than announced.
                response.ContentLength = _portrait.Length;
                await response.Body.WriteAsync(_portrait.AsMemory(0, 100), gone);
                await response.Body.FlushAsync(gone);
                break;
            case "dead":
                context.Abort();
                break;
            case "page":
                response.ContentType = "image/png";
                await response.WriteAsync($"<html>{Secret}</html>", gone);
                break;
            case "playlist":
                await response.WriteAsync($"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#{Secret}\n", gone);
                break;
            default:
                response.StatusCode = int.Parse(what, System.Globalization.CultureInfo.InvariantCulture);
                if (what != "204")
                    await response.WriteAsync(Secret, gone);
                break;
        }
    }

    /// <summary>A Web that reaches servers on loopback, and has little patience with them.</summary>
    public sealed class OutgoingWeb() : TestWeb(new() { ["Embedded:Runner"] = "false", ["Media:FetchLimit"] = "00:00:03" })
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureTestServices(services => services.AddSingleton(new OutboundExceptions(["127.0.0.0/8"], (_, certificate, _, _) => certificate is not null)));
        }
    }

    /// <summary>Answers everything once it is told to.</summary>
    private sealed class Held(HttpStatusCode status = HttpStatusCode.OK) : HttpMessageHandler, IHttpClientFactory
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Asked { get; private set; }

        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            await Go.Task;
            return new(status) { Content = new ByteArrayContent([1]) };
        }
    }
}
