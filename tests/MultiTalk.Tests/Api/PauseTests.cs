using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

/// <summary>A pause stops everybody, so it has a Web of its own; claims wait until a test lets them go on.</summary>
public sealed class PauseTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_paused_queue_says_who_and_why_hands_nothing_out_and_goes_on_at_once_when_resumed()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var web = new WebOn(redis, ("Jobs:ClaimPoll", "00:00:30"));
        using var operators = await web.ClientAsync("ada", Scopes.Operate, Scopes.Read);
        using var user = await web.ClientAsync("bob");
        using var runner = await web.RunnerClientAsync();
        var name = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(name, "preview"), TestContext.Current.CancellationToken);

        using var forbidden = await user.PostAsync(QueueApi.Root + "/pause", null, TestContext.Current.CancellationToken);
        using var wordy = await operators.PostAsJsonAsync(QueueApi.Root + "/pause", new PauseRequest(new string('x', 501)), TestContext.Current.CancellationToken);
        using var paused = await operators.PostAsJsonAsync(QueueApi.Root + "/pause", new PauseRequest("new driver"), TestContext.Current.CancellationToken);
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "bob", Requests.For("preview")));
        Assert.Null(await web.Jobs.ClaimAsync(Requests.Runner(name, "preview"), TestContext.Current.CancellationToken));
        var waiting = runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(name, [], []), TestContext.Current.CancellationToken);
        var queue = await user.GetFromJsonAsync<JsonElement>(QueueApi.Root, TestContext.Current.CancellationToken);
        using var forbiddenToo = await user.PostAsync(QueueApi.Root + "/resume", null, TestContext.Current.CancellationToken);
        using var resumed = await operators.PostAsync(QueueApi.Root + "/resume", null, TestContext.Current.CancellationToken);
        using var claimed = await waiting;

        Assert.Equal(["not_allowed", "not_allowed", "reason_too_long"], [await forbidden.ProblemCodeAsync(), await forbiddenToo.ProblemCodeAsync(), await wordy.ProblemCodeAsync()]);
        Assert.Equal(("ada", "new driver"), (queue.GetProperty("pause").GetProperty("by").GetString(), queue.GetProperty("pause").GetProperty("reason").GetString()));
        Assert.Equal(1, queue.GetProperty("jobs").GetProperty("queued").GetInt32());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (paused.StatusCode, resumed.StatusCode));
        Assert.False((await resumed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).TryGetProperty("pause", out _));
        Assert.Equal(id, (await claimed.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, TestContext.Current.CancellationToken))?.JobId);
    }
}
