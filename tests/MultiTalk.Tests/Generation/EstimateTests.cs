using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>Minutes, against what has been published and measured.</summary>
public sealed class EstimateTests
{
    private static readonly string[] _fastestFirst = ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB", "NVIDIA L40S", "NVIDIA GeForce RTX 4090", "NVIDIA L4"];

    private static readonly RunnerAbilities _a100 = Runner("NVIDIA A100-SXM4-80GB", 80);

    [Theory]
    // 10 s on an A100 with everything resident: the examples of the contract, section 7.
    [InlineData("quality", true, 58)]
    [InlineData("fast", null, 16)]
    [InlineData("fastest", null, 8)]
    public void Sampling_takes_as_long_as_published(string preset, bool? teacache, double minutes)
    {
        var plan = Plan(Request(new() { Preset = preset, UseTeacache = teacache }, Voice(10)), _a100);
        Assert.Equal(5, plan.Segments);
        // Loading takes 3 minutes, and decoding a segment a quarter of one; the sum is told in whole minutes.
        Assert.Equal(minutes, plan.Estimate.Minutes - 3 - (5 * 0.25), 1.0);
    }

    [Theory]
    // Size, parameters that stay, cards, seconds a step: MultiTalk's table of an A100.
    [InlineData(480, 22, 1, 35)]
    [InlineData(480, 0, 1, 44)]
    [InlineData(720, 22, 1, 115)]
    [InlineData(720, 0, 1, 143)]
    [InlineData(480, null, 2, 27)]
    [InlineData(480, null, 4, 14)]
    [InlineData(480, null, 8, 8)]
    [InlineData(720, null, 2, 78)]
    [InlineData(720, null, 4, 40)]
    [InlineData(720, null, 8, 20)]
    public void A_step_takes_as_long_as_published(int size, int? billions, int gpus, double seconds)
    {
        var options = new GenerationOptions { Preset = Preset.Quality, Size = size, PersistentParameters = billions is { } given ? given * 1_000_000_000L : null, Gpus = gpus };
        // Eighteen segments of fifty steps more.
        var (less, more) = (Minutes(50), Minutes(100));
        Assert.Equal(seconds, (more - less) * 60 / (18 * 50), seconds * 0.02);

        double Minutes(int steps) => Plan(Request(options with { Steps = steps }, Voice(40)), Runner("NVIDIA A100-SXM4-80GB", 80, gpus)).Estimate.Minutes;
    }

    [Fact]
    public void A_basis_is_always_told()
    {
        foreach (var card in _fastestFirst.Append("Tesla T4").Append("A card of tomorrow"))
        {
            var estimate = Plan(Request(null, Voice(10)), Runner(card, 24)).Estimate;
            Assert.Contains("published figures for an A100", estimate.Basis, StringComparison.Ordinal);
            Assert.InRange(estimate.Minutes, 1, 1_000);
        }

        Assert.Contains("not known yet", Plan(Voice(10)).Estimate.Basis, StringComparison.Ordinal);
        Assert.NotEmpty(Plan(new() { Engine = Engine.Preview }, Voice(10)).Estimate.Basis);
    }

    [Theory]
    [InlineData("NVIDIA RTX A1000 Laptop GPU", "A100")]
    [InlineData("NVIDIA RTX A4000", "A40")]
    [InlineData("NVIDIA RTX A3000 Laptop GPU", "A30")]
    public void A_card_is_not_taken_for_another_whose_name_its_own_begins_with(string card, string other)
    {
        var plan = Plan(Request(null, Voice(10)), Runner(card, 16));
        Assert.NotEqual(Plan(Request(null, Voice(10)), Runner("NVIDIA " + other, 16)).Estimate.Basis, plan.Estimate.Basis);
        Assert.Contains(card, plan.Estimate.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public void A_faster_card_takes_less_and_a_slower_one_more()
    {
        double[] minutes = [.. _fastestFirst.Select(card => Plan(Request(null, Voice(10)), Runner(card, 80)).Estimate.Minutes)];
        Assert.Equal(minutes.Order(), minutes);
        Assert.Equal(minutes.Length, minutes.Distinct().Count());
    }

    [Theory]
    [InlineData("multitalk")]
    [InlineData("preview")]
    public void A_measured_run_reproduces_itself(string engine)
    {
        // One run was measured: 60 s beside the sampling, and so many for that.
        var options = new GenerationOptions { Engine = engine };
        var measured = Plan(options, Voice(10));
        const double sampling = 1_234;
        var runner = _a100 with { Measurements = [new(engine, 1, new(40, 5, sampling / Workload.Units(measured), 0, 15), 3)] };

        var estimate = Plan(Request(options, Voice(10)), runner).Estimate;

        Assert.Equal((Math.Round((60 + sampling) / 60), "measured on this runner in 3 runs"), (estimate.Minutes, estimate.Basis));
        var longer = Plan(Request(options, Voice(30)), runner);
        Assert.Equal(Math.Round((60 + (sampling * Workload.Units(longer) / Workload.Units(measured))) / 60), longer.Estimate.Minutes);
        Assert.Equal("measured on this runner in 1 run", Plan(Request(options, Voice(10)), runner with { Measurements = [runner.Measurements[0] with { Runs = 1 }] }).Estimate.Basis);
    }

    [Theory]
    [InlineData("preview", null, 1)]
    [InlineData("multitalk", "int8", 1)]
    [InlineData("multitalk", null, 2)]
    public void A_run_of_another_kind_says_nothing(string engine, string? quant, int gpus)
    {
        var runner = _a100 with { Measurements = [new(engine, gpus, new(1, 1, 1, 1, 1), 9, quant)] };
        Assert.Equal(Plan(Request(null, Voice(10)), _a100).Estimate, Plan(Request(null, Voice(10)), runner).Estimate);
    }

    [Fact]
    public void More_work_never_takes_less_time() => Randomly.Check(300, random =>
    {
        var options = new GenerationOptions { Preset = random.Of([.. Preset.Names]), Steps = random.Next(1, 90), Size = random.Of(480, 720) };
        var seconds = random.Next(4, 35);
        var minutes = Minutes(options, seconds);
        Assert.True(minutes > 0 && minutes <= Minutes(options, seconds + 5) && minutes <= Minutes(options with { Steps = options.Steps + 10 }, seconds), $"{options}, {seconds} s");

        double Minutes(GenerationOptions options, int seconds) => Plan(Request(options, Voice(seconds)), _a100).Estimate.Minutes;
    });
}
