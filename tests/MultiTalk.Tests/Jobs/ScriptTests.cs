using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed class ScriptTests
{
    // What takes more in, and lines that may be lost. All else ends or frees work, or keeps a lease.
    private static readonly string[] _refusedWhenFull = ["submit", "prioritize", "log"];

    public static TheoryData<string, string> Scripts { get; } = new(
        from resource in typeof(Scripts).Assembly.GetManifestResourceNames()
        where resource.StartsWith("MultiTalk.Web.Jobs.Scripts.", StringComparison.Ordinal)
        where !resource.Contains(".Parts.", StringComparison.Ordinal)
        select (resource.Split('.')[^2], new StreamReader(typeof(Scripts).Assembly.GetManifestResourceStream(resource)!).ReadToEnd()));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_that_ends_or_frees_work_runs_on_a_full_server_too(string name, string text) =>
        Assert.StartsWith(_refusedWhenFull.Contains(name) ? "#!lua\n" : "#!lua flags=allow-oom\n", text, StringComparison.Ordinal);

    [Fact]
    public void Every_key_lies_in_one_slot()
    {
        string[] keys =
        [
            Keys.Jobs, Keys.Leases, Keys.Runners, Keys.Ended, Keys.Classes, Keys.Paused, Keys.Swept, Keys.ApiKeys, Keys.RunnerTokens, Keys.DataProtection,
            Keys.KeysUsed, Keys.MadeTokens, Keys.TokenRunners, Keys.Sessions, Keys.UsageToday("x")!, Keys.Rate("x")!,
            Keys.Outbox, Keys.Webhooks, Keys.Targets, Keys.Tries, Keys.Webhook("x")!, Keys.WebhooksOf("x")!, Keys.JobSecret("x")!, Keys.Delivery("x")!, Keys.Waiting("x")!, Keys.Deliveries("x")!,
            Keys.Job("x")!, Keys.JobLog("x")!, Keys.JobEvents("x")!, Keys.JobsOf("x")!, Keys.State(JobState.Queued)!, Keys.Queue("x")!, Keys.Turns("x", "y")!, Keys.Clock("x")!,
            Keys.Shared, Keys.Settings, Keys.CountsOfMinute(1)!, Keys.CountsOfHour(1)!,
            Keys.Idempotency("x", "y")!, Keys.Runner("x")!, Keys.Claims("x")!, Keys.SignIn("x")!, Keys.Media("x")!, Keys.MediaOf("x")!, Keys.Events.ToString(),
        ];

        Assert.All(keys, key => Assert.StartsWith("{mt}:", key, StringComparison.Ordinal));
    }
}
