using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed class OfferTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private readonly string _engine = Guid.NewGuid().ToString("n");

    [Fact]
    public async Task A_runner_is_offered_the_oldest_job_that_it_can_do()
    {
        var large = await SubmitAsync(new() { Size = 720 });
        var small = await SubmitAsync(new());
        var runner = Runner(Requests.Able with { Gpu = new("NVIDIA GeForce RTX 4090", 24) });

        Assert.Equal(small, (await web.Jobs.ClaimAsync(runner, TestContext.Current.CancellationToken))?.Id);
        Assert.Null(await web.Jobs.ClaimAsync(runner, TestContext.Current.CancellationToken));
        Assert.Equal(large, (await web.Jobs.ClaimAsync(Runner(Requests.Able), TestContext.Current.CancellationToken))?.Id);
    }

    [Fact]
    public async Task A_runner_with_a_blocker_is_offered_nothing()
    {
        await SubmitAsync(new());

        Assert.Null(await web.Jobs.ClaimAsync(Runner(Requests.Able with { Blockers = ["misaki is missing."] }), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_claimed_job_is_planned_for_the_card_that_runs_it_and_carries_the_runner_s_parity_report()
    {
        var id = await SubmitAsync(new());
        ParityCheck[] parity = [new(1, "working directory", "there", "here", true, "")];

        var runner = Runner(Requests.Able);
        await web.Jobs.RegisterAsync(Requests.Registration(runner.Id, _engine) with { Report = new(parity, [], Requests.Able) });

        var claimed = await web.Jobs.ClaimAsync(runner, TestContext.Current.CancellationToken);

        Assert.Equal(22_000_000_000, claimed!.Plan.PersistentParameters);
        Assert.Equal("22000000000", claimed.Plan.Arguments[claimed.Plan.Arguments.Index().Single(entry => entry.Item == "--num_persistent_param_in_dit").Index + 1]);
        Assert.Equal(0, claimed.Request.Plan.PersistentParameters);
        Assert.Equal(parity, JobDocument.Of((await web.Jobs.FindAsync(id))!, new([])).Parity);
    }

    [Fact]
    public async Task More_jobs_than_a_page_that_a_runner_cannot_do_do_not_hide_one_that_it_can()
    {
        for (var number = 0; number < 60; number++)
            await SubmitAsync(new() { Size = 720 });
        var small = await SubmitAsync(new());

        Assert.Equal(small, (await web.Jobs.ClaimAsync(Runner(Requests.Able with { Gpu = new("NVIDIA L4", 24) }), TestContext.Current.CancellationToken))?.Id);
    }

    [Fact]
    public async Task A_queued_job_says_what_it_waits_for()
    {
        var job = await web.Jobs.FindAsync(await SubmitAsync(new() { Quant = "int8" }));

        Assert.Equal($"a runner with the engine {_engine}", Waiting());
        Assert.Equal("a runner with the model files int8", Waiting(Requests.Able with { Models = ["bf16"] }));
        Assert.Equal("a runner with 48 GB of memory", Waiting(Requests.Able with { HostMemoryGb = 32 }));
        Assert.Equal("a runner with a graphics card, or with 15 GB of graphics memory",
            Waiting(Requests.Able with { Gpu = null }, Requests.Able with { Gpu = new("NVIDIA RTX 2000", 8) }));
        Assert.Equal("a runner with nothing in its way: see what its doctor found", Waiting(Requests.Able with { Blockers = ["misaki is missing."] }));
        Assert.Null(Waiting(Requests.Able with { Gpu = null }, Requests.Able));

        string? Waiting(params RunnerAbilities[] runners) => new Fleet([.. runners.Select(Runner)]).LackFor(job!.Plan);
    }

    [Fact]
    public async Task What_a_runner_measured_makes_the_next_estimate()
    {
        var id = Guid.NewGuid().ToString("n");
        await web.Jobs.RegisterAsync(Requests.Registration(id, _engine));
        await web.Jobs.AskedAsync(new(id, [new(_engine, 1, new(Loading: 40, FirstStep: 15, PerUnit: 1, Decoding: 0, Saving: 5), Runs: 3)], []));
        var plan = Requests.For(_engine).Plan;

        var estimate = (await web.Jobs.FleetAsync()).Fit(plan).Estimate;

        Assert.Equal(Math.Round((60 + Workload.Units(plan)) / 60, 2), estimate.Minutes);
        Assert.Equal("measured on this runner in 3 runs", estimate.Basis);
    }

    private Runner Runner(RunnerAbilities abilities) => Requests.Runner(Guid.NewGuid().ToString("n"), _engine) with { Abilities = abilities };

    private async Task<string> SubmitAsync(GenerationOptions options)
    {
        var plan = Planner.Plan(new("A prompt", new(640, 640), [new(new VoiceFacts(160_000))], options), Engine.MultiTalk) with { Engine = _engine };
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", new JobRequest("A prompt", options, plan, [])));
        return id;
    }
}
