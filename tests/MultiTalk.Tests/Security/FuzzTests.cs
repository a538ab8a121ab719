using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Security;

/// <summary>
/// What nobody would send. A failure tells its seed, which <c>CsCheck_Seed</c> in the environment repeats;
/// 5,000 requests; and 200 uploads, each of which is inspected by ffmpeg, or 2,000 with <c>MULTITALK_SCALE=full</c>.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests : IAsyncDisposable
{
    private const long MaxGrowth = 64 << 20;

    private static readonly bool _full = Environment.GetEnvironmentVariable("MULTITALK_SCALE") == "full";

    private readonly QueueOnlyWeb _web = new();

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    [Fact(Timeout = 1_800_000)]
    public async Task No_request_breaks_anything()
    {
        var key = Secret.New("mt_");
        await _web.Access.AddKeyAsync(key, new Grant("fuzz", "someone", Scopes.All));
        using var client = _web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        client.Timeout = TimeSpan.FromSeconds(60);
        var id = JobStore.NewId();
        await _web.Jobs.SubmitAsync(new(id, "someone", Requests.For("fuzz")));
        using var document = JsonDocument.Parse(await client.GetStringAsync(OpenApiServices.Document, TestContext.Current.CancellationToken));
        var (files, keys, memory) = (Files(), await KeysAsync(), GC.GetTotalMemory(forceFullCollection: true));
        var (successes, codes) = (0, new Dictionary<string, int>());

        await FuzzedRequest.Gen(document, [id, JobStore.NewId()]).SampleAsync(
            async fuzzed =>
            {
                using var request = fuzzed.Message(_web.Address);
                HttpResponseMessage response;
                try
                {
                    response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                }
                catch (Exception exception) when (exception is HttpRequestException { InnerException: not IOException } or FormatException or InvalidOperationException)
                {
                    // The client itself would not send it.
                    return;
                }

                using (response)
                {
                    // A person is answered with a page, also where there is none.
                    if (fuzzed.AsksForPage && response.Content.Headers.ContentType?.MediaType == "text/html")
                    {
                        Assert.InRange((int)response.StatusCode, 200, 499);
                        return;
                    }

                    if (await ProblemRules.CheckAsync(response, request.Method) is { } code)
                        codes[code] = codes.GetValueOrDefault(code) + 1;
                    else
                        successes++;
                    Assert.False(response.Headers.Contains("X-Injected"));
                }
            },
            writeLine: TestContext.Current.TestOutputHelper!.WriteLine, iter: 5_000, threads: 1);

        TestContext.Current.TestOutputHelper!.WriteLine($"{successes} successes; {string.Join(", ", codes.OrderByDescending(code => code.Value).Select(code => $"{code.Key} {code.Value}"))}");
        Assert.True(successes > 0 && codes.Count > 3, "The requests reached nothing.");
        Assert.Equal(files, Files());
        // Keys and hooks that were made, and the counters of a day: far less than one a request.
        Assert.InRange(await KeysAsync(), 0, keys + 20 + (2 * successes));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, MaxGrowth);
    }

    [Fact(Timeout = 3_600_000)]
    public async Task No_upload_breaks_anything()
    {
        using var client = await _web.ClientAsync("someone");
        client.Timeout = TimeSpan.FromSeconds(120);
        var (files, keys, memory) = (Files(), await KeysAsync(), GC.GetTotalMemory(forceFullCollection: true));
        var (successes, codes) = (0, new Dictionary<string, int>());

        await FuzzedUpload.Gen.SampleAsync(
            async upload =>
            {
                using var form = upload.Form();
                using var response = await client.PostAsync($"{JobsApi.Root}/plan", form, TestContext.Current.CancellationToken);
                if (await ProblemRules.CheckAsync(response, HttpMethod.Post) is { } code)
                    codes[code] = codes.GetValueOrDefault(code) + 1;
                else
                    successes++;
            },
            writeLine: TestContext.Current.TestOutputHelper!.WriteLine, iter: _full ? 2_000 : 200, threads: 1);

        TestContext.Current.TestOutputHelper!.WriteLine($"{successes} successes; {string.Join(", ", codes.OrderByDescending(code => code.Value).Select(code => $"{code.Key} {code.Value}"))}");
        Assert.True(successes > 0 && codes.Count > 3, "The uploads reached nothing.");
        Assert.Equal(files, Files());
        Assert.InRange(await KeysAsync(), 0, keys + 5);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, MaxGrowth);
    }

    private List<string> Files() =>
    [
        .. Directory.EnumerateFileSystemEntries(_web.Data, "*", SearchOption.AllDirectories)
            .Where(path => !path.StartsWith(Path.Combine(_web.Data, "redis"), StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    private async Task<long> KeysAsync() => (long)await _web.Services.GetRequiredService<RedisConnection>().Database.ExecuteAsync("DBSIZE");
}

/// <summary>Tests that look at the memory of this process, in which no other may run meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
