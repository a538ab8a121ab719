using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>What stays on which card (the contract, section 1.4).</summary>
public sealed class CardTests
{
    [Theory]
    // The card, its GB, parameters that stay at 480 in 1e9, GB at the peak, and the same at 720 where it fits at all.
    [InlineData("NVIDIA A100-SXM4-80GB", 80, 22, 50.8, 20.5, 73.8)]
    [InlineData("NVIDIA A100-PCIE-40GB", 40, 11, 35, 0.5, 37)]
    [InlineData("NVIDIA L4", 24, 5, 23, 0, 36)]
    [InlineData("NVIDIA GeForce RTX 4090", 24, 4, 21, 0, 36)]
    [InlineData("NVIDIA H100 80GB HBM3", 80, 22, 50.8, 20.5, 73.8)]
    [InlineData("NVIDIA L40S", 48, 16, 45, 4.5, 45)]
    [InlineData("NVIDIA RTX A6000", 48, 16, 45, 4.5, 45)]
    [InlineData("NVIDIA A10G", 24, 4, 21, 0, 36)]
    [InlineData("Tesla T4", 16, 0, 13, 0, 36)]
    [InlineData("Tesla T4", 15, 0, 13, 0, 36)]
    [InlineData("A card of tomorrow", 20, 2, 17, 0, 36)]
    [InlineData("A card of tomorrow", 8, 0, 13, 0, 36)]
    public void The_card_decides_how_much_of_the_model_stays_on_it(string card, double gb, double at480, double memory480, double at720, double memory720)
    {
        Assert.Equal((at480, memory480), Memory(480));
        Assert.Equal((at720, memory720), Memory(720));

        (double Billions, double Gb) Memory(int size)
        {
            var plan = Plan(Request(new() { Size = size }, Voice(10)), Runner(card, gb));
            Assert.Equal(FormattableString.Invariant($"{plan.PersistentParameters}"), plan.Argument("--num_persistent_param_in_dit"));
            return (plan.PersistentParameters!.Value / 1e9, plan.Estimate.GpuMemoryGb);
        }
    }

    [Fact]
    public void A_card_that_is_not_known_keeps_nothing()
    {
        var plan = Plan(Voice(10));
        Assert.Equal((0L, 13.0, "0", true), (plan.PersistentParameters, plan.Estimate.GpuMemoryGb, plan.Argument("--num_persistent_param_in_dit"), plan.PersistentByGpu));
    }

    [Theory]
    [InlineData("NVIDIA A100-SXM4-80GB", 80, 22, 30)]
    [InlineData("NVIDIA GeForce RTX 4090", 24, 7.6, 21)]
    [InlineData("NVIDIA L4", 24, 7.6, 21)]
    [InlineData("Tesla T4", 16, 0, 15)]
    public void The_quantized_model_is_smaller(string card, double gb, double billions, double memory)
    {
        var plan = Plan(Request(new() { Quant = "int8" }, Voice(10)), Runner(card, gb));
        Assert.Equal((billions, memory, 48), (plan.PersistentParameters!.Value / 1e9, plan.Estimate.GpuMemoryGb, plan.Estimate.HostMemoryGb));

        var lowest = Plan(Request(new() { Preset = Preset.LowMemory }, Voice(10)), Runner(card, gb));
        Assert.Equal((0L, 15.0, "0"), (lowest.PersistentParameters, lowest.Estimate.GpuMemoryGb, lowest.Argument("--num_persistent_param_in_dit")));
    }

    // MultiTalk's own tables (the contract, section 7).
    [Theory]
    [InlineData(480, null, 0, 1, 13)]
    [InlineData(720, null, 0, 1, 36)]
    [InlineData(480, "int8", 0, 1, 15)]
    [InlineData(720, "int8", 0, 1, 33)]
    [InlineData(480, "int8", 22, 1, 30)]
    [InlineData(480, null, null, 2, 45)]
    [InlineData(480, null, null, 4, 34)]
    [InlineData(480, null, null, 8, 30)]
    [InlineData(720, null, null, 2, 57)]
    [InlineData(720, null, null, 4, 48)]
    [InlineData(720, null, null, 8, 44)]
    public void The_peaks_are_the_published_ones(int size, string? quant, int? billions, int gpus, double gb)
    {
        var options = new GenerationOptions { Size = size, Quant = quant, PersistentParameters = billions is { } given ? given * 1_000_000_000L : null, Gpus = gpus };
        Assert.Equal(gb, Plan(options, Voice(10)).Estimate.GpuMemoryGb);
    }

    [Fact]
    public void Whatever_a_card_is_given_by_default_fits_on_it() => Randomly.Check(1_000, random =>
    {
        var card = random.Of(("NVIDIA A100-SXM4-80GB", 80.0), ("NVIDIA A100-PCIE-40GB", 40.0), ("NVIDIA L4", 24.0), ("NVIDIA L40S", 48.0), ("Some card", random.Next(15, 200)));
        var options = new GenerationOptions { Size = random.Of(480, 720), FrameNum = random.Of<int?>(null, (4 * random.Next(7, 51)) + 1), Quant = random.Of(null, "int8") };
        var plan = Plan(Request(options, Voice(random.Next(1, 40))), Runner(card.Item1, card.Item2));
        if (JobNeeds.Of(plan).GpuMemoryGb <= card.Item2)
            Assert.True(plan.Estimate.GpuMemoryGb <= card.Item2, $"{card}: {options} takes {plan.Estimate.GpuMemoryGb} GB");
    });

    [Fact]
    public void A_number_that_was_asked_for_stays_whatever_the_card()
    {
        var plan = Plan(Request(new() { PersistentParameters = 3_000_000_000 }, Voice(10)), Runner("NVIDIA L4", 24));
        Assert.Equal((3_000_000_000L, false), (plan.PersistentParameters, plan.PersistentByGpu));
        Assert.Equal("3000000000", Planner.For(plan, Runner("NVIDIA A100-SXM4-80GB", 80)).Argument("--num_persistent_param_in_dit"));
    }

    [Fact]
    public void What_a_known_card_lacks_is_told()
    {
        Assert.Contains(Plan(Request(new() { Size = 720 }, Voice(10)), Runner("NVIDIA L4", 24)).Notes, note => note == "It cannot run on the NVIDIA L4: it has 24 GB of memory and 36 are needed.");
        Assert.DoesNotContain(Plan(Request(null, Voice(10)), Runner("NVIDIA L4", 24)).Notes, note => note.Contains("cannot run", StringComparison.Ordinal));
        Assert.Contains(Plan(Request(null, Voice(10)), Runner("Tesla T4", 16)).Notes, note => note.StartsWith("It cannot run on the Tesla T4: flash-attn needs", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_for_nobody_becomes_the_plan_of_the_runner_that_takes_it()
    {
        foreach (var options in Preset.Names.Select(preset => new GenerationOptions { Preset = preset, Seed = 1 }).Append(new() { Gpus = 4, Seed = 1 }).Append(new() { Engine = Engine.Preview, Seed = 1 }))
        {
            var runner = Runner("NVIDIA H100 80GB HBM3", 80, 8);
            var expected = Plan(Request(options, Voice(10)), runner);
            var plan = Planner.For(Plan(Request(options, Voice(10))), runner);
            Assert.Equal(expected.Arguments, plan.Arguments);
            Assert.Equal((expected.PersistentParameters, expected.Estimate), (plan.PersistentParameters, plan.Estimate));
        }
    }
}
