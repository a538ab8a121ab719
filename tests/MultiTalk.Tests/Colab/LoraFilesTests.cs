using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Colab;

public sealed class LoraFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void LoRA_files_are_found_where_people_keep_them_and_the_first_of_a_name_counts()
    {
        var volume = new FakeVolume(_directory["models"]);
        volume.AddLora("loras/styles/deep.safetensors");
        volume.AddLora("FusionX_LoRa/one.safetensors");
        volume.AddLora("loras/one.safetensors");
        var first = volume.AddLora("one.safetensors");
        var two = volume.AddLora("loras/two.safetensors", "diffusion_model.blocks.0.norm3.diff");
        volume.AddLora("FusionX_LoRa/two.safetensors");
        volume.AddLora("FusionX_LoRa/three.safetensors", "diffusion_model.blocks.0.norm3.diff_b");
        // Neither is one: a model of its own, and what a model folder holds.
        volume.AddLora("another-model/diffusion_pytorch_model.safetensors", "blocks.0.ffn.0.weight");
        volume.AddLora($"{ColabLayout.MultiTalkModel}/adapter.safetensors");

        var report = ModelVolume.Inspect(volume.Root);

        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Bf16, "lora:deep.safetensors", "lora:one.safetensors", "lora:three.safetensors", "lora:two.safetensors"], report.Sets);
        Assert.Equal((first, two), (report.Loras["one.safetensors"], report.Loras["two.safetensors"]));
    }

    [Theory]
    [InlineData("lora_unet_blocks_0_ffn_0.lora_down.weight", "lora_unet_blocks_0_ffn_0.lora_up.weight")]
    [InlineData("diffusion_model.blocks.0.ffn.0.lora_A.weight", "diffusion_model.blocks.0.ffn.0.lora_B.weight")]
    [InlineData("transformer.blocks.0.ffn.0.lora_A.weight", "transformer.blocks.0.ffn.0.lora_B.weight")]
    [InlineData("diffusion_model.blocks.0.ffn.0.lora_down.weight", "diffusion_model.blocks.1.ffn.0.lora_up.weight")]
    public void A_LoRA_that_would_change_nothing_is_not_offered(params string[] keys)
    {
        var volume = new FakeVolume(_directory["models"]);
        var path = volume.AddLora("FusionX_LoRa/foreign.safetensors", keys);

        var report = ModelVolume.Inspect(volume.Root);

        var problem = Assert.Single(report.Problems);
        Assert.Equal(("lora_layout", path, "lora:foreign.safetensors"), (problem.Code, problem.File, Assert.Single(problem.Sets)));
        Assert.Contains(keys[0], problem.Message, StringComparison.Ordinal);
        Assert.Equal([ModelSet.Bf16], report.Sets);
        Assert.Empty(report.Loras);
    }

    [Fact]
    public void A_damaged_LoRA_takes_away_nothing_but_itself()
    {
        var volume = new FakeVolume(_directory["models"]);
        VolumeDamage.Do(volume.AddLora("loras/broken.safetensors"), "cut off");
        volume.AddLora("loras/whole.safetensors");

        var report = ModelVolume.Inspect(volume.Root);

        Assert.Equal("file_truncated", Assert.Single(report.Problems).Code);
        Assert.Equal([ModelSet.Bf16, "lora:whole.safetensors"], report.Sets);
    }

    public void Dispose() => _directory.Dispose();
}
