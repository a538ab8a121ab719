using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Worker;

public sealed class ContractsJsonTests
{
    private const string Progress = """{"phase":"sampling","percent":12.5,"segment":1,"segments":2}""";

    [Theory]
    [InlineData(typeof(RegisterRequest), """{"runnerId":"1","name":"a","engine":"preview"}""")]
    [InlineData(typeof(RegisterRequest), """{"runnerId":"1","name":null,"engine":"preview","version":"1"}""")]
    [InlineData(typeof(ClaimRequest), "{}")]
    [InlineData(typeof(ClaimRequest), """{"runnerId":"1","measurements":[]}""")]
    [InlineData(typeof(LeaveRequest), "{}")]
    [InlineData(typeof(Heartbeat), """{"lines":[]}""")]
    [InlineData(typeof(Heartbeat), $$"""{"progress":{{Progress}}}""")]
    [InlineData(typeof(Heartbeat), $$"""{"progress":{{Progress}},"lines":null}""")]
    [InlineData(typeof(Heartbeat), """{"progress":null,"lines":[]}""")]
    [InlineData(typeof(Heartbeat), """{"progress":{"phase":"sampling"},"lines":[]}""")]
    [InlineData(typeof(JobError), """{"code":"a","title":"b","cause":"c","remedy":"d"}""")]
    [InlineData(typeof(VideoFacts), """{"width":1,"height":1,"frames":1,"fps":25,"durationSeconds":1,"bytes":1,"sha256":null}""")]
    public void What_is_missing_or_null_and_may_not_be_is_refused(Type type, string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, type, ContractsJson.Default));

    [Fact]
    public void What_may_be_missing_may_be_missing()
    {
        Assert.Null(JsonSerializer.Deserialize($$"""{"progress":{{Progress}},"lines":[]}""", ContractsJson.Default.Heartbeat)!.Progress.EtaSeconds);
        Assert.Equal(new GenerationOptions(), JsonSerializer.Deserialize("{}", ContractsJson.Default.GenerationOptions));
        Assert.Equal(new GenerationOptions(), JsonSerializer.Deserialize("""{"engine":null,"steps":null}""", ContractsJson.Default.GenerationOptions));
    }

    [Fact]
    public void A_claim_without_a_trace_survives_the_journey()
    {
        var plan = Planner.Plan(new(Samples.Prompt, new(640, 640), [new(new VoiceFacts(16_000))], new()), Engine.Preview);
        var json = JsonSerializer.Serialize(new("0123", 1, Samples.Prompt, plan, []), ContractsJson.Default.Claim);

        var claim = JsonSerializer.Deserialize(json, ContractsJson.Default.Claim)!;

        Assert.Equal((null, null, plan.Seed), (claim.TraceParent, claim.Plan.AudioType, claim.Plan.Seed));
    }
}
