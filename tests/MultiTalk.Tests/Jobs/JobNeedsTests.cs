using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Generation;

namespace MultiTalk.Tests.Jobs;

/// <summary>Which runner is offered which job, and in what words a job waits for another.</summary>
public sealed class JobNeedsTests
{
    private static readonly RunnerAbilities _a100 = Planning.Runner("NVIDIA A100-SXM4-80GB", 80);
    private static readonly RunnerAbilities _rtx4090 = Planning.Runner("NVIDIA GeForce RTX 4090", 24);
    private static readonly RunnerAbilities _l4 = Planning.Runner("NVIDIA L4", 24);
    private static readonly RunnerAbilities _t4 = Planning.Runner("Tesla T4", 15);
    private static readonly RunnerAbilities _small = Planning.Runner("NVIDIA RTX A2000", 12);

    [Theory]
    [InlineData("standard", 480, true, true, true, true)]
    [InlineData("colab", 480, true, true, true, true)]
    [InlineData("quality", 480, true, true, true, true)]
    [InlineData("fast", 480, true, true, true, true)]
    [InlineData("low-memory", 480, true, true, true, true)]
    [InlineData("standard", 720, true, false, false, false)]
    [InlineData("low-memory", 720, true, false, false, false)]
    public void A_job_is_offered_to_every_card_that_holds_it(string preset, int size, bool a100, bool rtx4090, bool l4, bool t4)
    {
        var needs = Needs(new() { Preset = preset, Size = size });
        Assert.Equal(
            (a100, rtx4090, l4, t4, false),
            (needs.LackingIn(_a100) is null, needs.LackingIn(_rtx4090) is null, needs.LackingIn(_l4) is null, needs.LackingIn(_t4) is null, needs.LackingIn(_small) is null));
    }

    [Theory]
    [InlineData("standard", 480, "15 GB of graphics memory")]
    [InlineData("low-memory", 480, "15 GB of graphics memory")]
    [InlineData("standard", 720, "36 GB of graphics memory")]
    [InlineData("low-memory", 720, "33 GB of graphics memory")]
    public void Too_small_a_card_is_told_what_it_takes(string preset, int size, string lacking) =>
        Assert.Equal(lacking, Needs(new() { Preset = preset, Size = size }).LackingIn(_small));

    [Fact]
    public void What_was_asked_to_stay_on_the_card_must_fit_on_it()
    {
        var needs = Needs(new() { PersistentParameters = 11_000_000_000 });
        Assert.Equal("35 GB of graphics memory", needs.LackingIn(_rtx4090));
        Assert.Null(needs.LackingIn(Planning.Runner("NVIDIA A100-PCIE-40GB", 40)));
        // More than there are parameters is all of them.
        Assert.Equal(50.8, Needs(new() { PersistentParameters = 22_000_000_000 }).GpuMemoryGb);
    }

    [Theory]
    [InlineData(128, true, true)]
    [InlineData(96, true, true)]
    [InlineData(88, true, true)]
    [InlineData(64, false, true)]
    [InlineData(48, false, true)]
    [InlineData(45, false, true)]
    [InlineData(32, false, false)]
    [InlineData(0, false, false)]
    public void The_full_model_takes_96_GB_of_the_host_and_the_quantized_one_48(double gb, bool full, bool quantized)
    {
        var runner = _a100 with { HostMemoryGb = gb };
        Assert.Equal(full ? null : "96 GB of memory", Needs(new()).LackingIn(runner));
        Assert.Equal(quantized ? null : "48 GB of memory", Needs(new() { Quant = "int8" }).LackingIn(runner));
    }

    [Theory]
    [InlineData("standard", null, ModelSet.Bf16)]
    [InlineData("colab", null, ModelSet.Bf16)]
    [InlineData("fast", null, ModelSet.Bf16, "lora:Wan2.1_I2V_14B_FusionX_LoRA.safetensors")]
    [InlineData("fastest", null, ModelSet.Bf16, "lora:Wan21_T2V_14B_lightx2v_cfg_step_distill_lora_rank32.safetensors")]
    [InlineData("low-memory", null, ModelSet.Int8)]
    [InlineData("fast", "int8", ModelSet.Int8FusionX)]
    public void Each_preset_needs_its_files(string preset, string? quant, params string[] models)
    {
        var needs = Needs(new() { Preset = preset, Quant = quant });
        Assert.Equal(models, needs.Models);
        Assert.Null(needs.LackingIn(_a100));
        foreach (var missing in models)
            Assert.Equal("the model files " + missing, needs.LackingIn(_a100 with { Models = [.. _a100.Models.Where(model => model != missing)] }));
    }

    [Fact]
    public void Every_LoRA_must_be_there()
    {
        var needs = Needs(new() { Loras = [new("a.safetensors", 1), new("b.safetensors", 1)] });
        Assert.Equal([ModelSet.Bf16, "lora:a.safetensors", "lora:b.safetensors"], needs.Models);
        Assert.Equal("the model files lora:b.safetensors", needs.LackingIn(_a100 with { Models = [ModelSet.Bf16, "lora:a.safetensors"] }));
    }

    [Fact]
    public void Spoken_text_needs_kokoro()
    {
        var plan = Planning.Plan(new SpeakerRequest(Text: new('x', 200), TtsVoice: "af_heart"));
        Assert.Equal([ModelSet.Bf16, ModelSet.Tts, ModelSet.Voice("af_heart")], JobNeeds.Of(plan).Models);
        Assert.Equal("the model files voice:af_heart", JobNeeds.Of(plan).LackingIn(_a100 with { Models = [ModelSet.Bf16, ModelSet.Tts] }));
        Assert.Equal("the model files tts", JobNeeds.Of(plan).LackingIn(_a100 with { Models = [ModelSet.Bf16, ModelSet.Int8] }));
        Assert.DoesNotContain(ModelSet.Tts, Needs(new()).Models);
    }

    [Fact]
    public void Cards_must_be_there_and_as_many()
    {
        Assert.Equal("a graphics card", Needs(new()).LackingIn(_a100 with { Gpu = null }));
        var four = Needs(new() { Gpus = 4 });
        Assert.Equal((4, 34), (four.Gpus, four.GpuMemoryGb));
        Assert.Equal("4 graphics cards", four.LackingIn(Planning.Runner("NVIDIA A100-SXM4-80GB", 80, 2)));
        Assert.Equal("4 graphics cards", four.LackingIn(_a100 with { Gpu = null }));
        Assert.Equal("34 GB of graphics memory", four.LackingIn(Planning.Runner("NVIDIA L4", 24, 8)));
        Assert.Null(four.LackingIn(Planning.Runner("NVIDIA L40S", 48, 4)));
    }

    [Fact]
    public void A_runner_that_is_kept_from_its_work_is_offered_nothing()
    {
        var blocked = _a100 with { Blockers = ["There is no driver."] };
        Assert.Equal("nothing in its way: see what its doctor found", Needs(new()).LackingIn(blocked));
        Assert.NotNull(Needs(new() { Engine = Engine.Preview }).LackingIn(blocked));
    }

    [Fact]
    public void A_preview_needs_nothing_but_a_runner()
    {
        foreach (var preset in Preset.Names)
        {
            var needs = Needs(new() { Engine = Engine.Preview, Preset = preset, Gpus = 1, Size = 720 });
            Assert.Equal((0, 0, 0), (needs.Gpus, needs.GpuMemoryGb, needs.HostMemoryGb));
            Assert.Empty(needs.Models);
            Assert.Null(needs.LackingIn(new() { Blockers = [] }));
        }
    }

    private static JobNeeds Needs(GenerationOptions options) => JobNeeds.Of(Planning.Plan(options, Planning.Voice(10)));
}
