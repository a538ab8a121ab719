using System.Diagnostics;
using System.Runtime.Versioning;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Colab;

[UnsupportedOSPlatform("windows")]
public sealed class ModelVolumeTests : IDisposable
{
    private const string Base = ColabLayout.BaseModel, Wav2Vec = ColabLayout.Wav2Vec, MultiTalk = ColabLayout.MultiTalkModel, Kokoro = ColabLayout.Kokoro;

    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_whole_volume_is_whole_under_both_kinds_of_names(bool shortNames)
    {
        var volume = Volume(shortNames);
        volume.AddQuantized();
        volume.AddKokoro();
        volume.AddLora("fusion.safetensors");

        var report = ModelVolume.Inspect(volume.Root);

        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Bf16, ModelSet.Int8, ModelSet.Int8FusionX, ModelSet.Tts, ModelSet.Lora("fusion.safetensors")], report.Sets);
        Assert.Contains("voice7", report.Voices);
        Assert.Equal(ColabLayout.WeightFolders.Select(folder => (folder, volume.FolderOf(folder))), report.Folders.Select(folder => (folder.Key, folder.Value)));
        Assert.Equal(volume.Root, report.Root);
    }

    [Fact]
    public void A_hundred_gigabytes_are_inspected_in_a_moment()
    {
        var volume = Volume();
        volume.AddQuantized();
        volume.AddKokoro();
        volume.AddLora("fusion.safetensors");
        Assert.True(volume.Size > 100_000_000_000);

        var clock = Stopwatch.StartNew();
        var report = ModelVolume.Inspect(volume.Root);

        TestContext.Current.TestOutputHelper?.WriteLine($"{volume.Size / 1e9:0} GB in {clock.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Empty(report.Problems);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void A_set_of_which_nothing_is_there_is_a_choice()
    {
        var report = ModelVolume.Inspect(Volume().Root);
        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Bf16], report.Sets);
    }

    [Fact]
    public void The_quantized_model_needs_neither_shards_nor_t5_nor_index()
    {
        var volume = Volume();
        volume.AddQuantized();
        File.Delete(volume.PathOf(Base, FakeVolume.T5));
        File.Delete(volume.PathOf(MultiTalk, ColabLayout.Index));
        for (var shard = 1; shard <= 7; shard++)
            File.Delete(volume.PathOf(Base, FakeVolume.Shard(shard)));

        var report = ModelVolume.Inspect(volume.Root);

        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Int8, ModelSet.Int8FusionX], report.Sets);
    }

    [Fact]
    public void The_FusionX_model_alone_is_enough()
    {
        var volume = Volume();
        volume.AddQuantized();
        File.Delete(volume.PathOf(MultiTalk, "quant_models/dit_model_int8.safetensors"));
        File.Delete(volume.PathOf(MultiTalk, "quant_models/dit_model_map_int8.json"));

        var report = ModelVolume.Inspect(volume.Root);

        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Bf16, ModelSet.Int8FusionX], report.Sets);
    }

    [Theory]
    [InlineData("file_missing", Base, "config.json", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("base_not_i2v", Base, "config.json", "of a model for text", "bf16 int8 int8-fusionx")]
    [InlineData("file_truncated", Base, "config.json", "cut off", "bf16 int8 int8-fusionx")]
    [InlineData("file_missing", Base, FakeVolume.T5, "deleted", "bf16")]
    [InlineData("file_truncated", Base, FakeVolume.T5, "cut off", "bf16")]
    [InlineData("file_empty", Base, FakeVolume.Clip, "empty", "bf16 int8 int8-fusionx")]
    [InlineData("file_is_pointer", Base, FakeVolume.Vae, "a pointer", "bf16 int8 int8-fusionx")]
    [InlineData("folder_missing", Base, "google/umt5-xxl", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("file_missing", Base, "xlm-roberta-large/tokenizer.json", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("file_is_pointer", Base, "xlm-roberta-large/tokenizer.json", "a pointer", "bf16 int8 int8-fusionx")]
    [InlineData("shard_missing", Base, "diffusion_pytorch_model-00007-of-00007.safetensors", "deleted", "bf16")]
    [InlineData("shard_missing", Base, "diffusion_pytorch_model-00001-of-00007.safetensors", "a broken link", "bf16")]
    [InlineData("shard_missing", Base, "diffusion_pytorch_model-00001-of-00007.safetensors", "a link to itself", "bf16")]
    [InlineData("shard_missing", Base, "diffusion_pytorch_model-00002-of-00007.safetensors", "a folder", "bf16")]
    [InlineData("shard_missing", MultiTalk, ColabLayout.MultiTalkWeights, "deleted", "bf16")]
    [InlineData("file_truncated", Base, "diffusion_pytorch_model-00003-of-00007.safetensors", "cut off", "bf16")]
    [InlineData("file_truncated", Base, "diffusion_pytorch_model-00003-of-00007.safetensors", "cut off in its header", "bf16")]
    [InlineData("file_truncated", Base, "diffusion_pytorch_model-00004-of-00007.safetensors", "too long", "bf16")]
    [InlineData("file_truncated", Base, "diffusion_pytorch_model-00005-of-00007.safetensors", "with an absurd header", "bf16")]
    [InlineData("file_truncated", Base, "diffusion_pytorch_model-00005-of-00007.safetensors", "with a header of zeros", "bf16")]
    [InlineData("file_is_pointer", Base, "diffusion_pytorch_model-00006-of-00007.safetensors", "a pointer", "bf16")]
    [InlineData("index_missing", MultiTalk, ColabLayout.Index, "deleted", "bf16")]
    [InlineData("index_not_multitalk", MultiTalk, ColabLayout.Index, "the base model's", "bf16")]
    [InlineData("index_not_multitalk", MultiTalk, ColabLayout.Index, "of a model for text", "bf16")]
    [InlineData("index_not_multitalk", MultiTalk, ColabLayout.Index, "leading out", "bf16")]
    [InlineData("index_not_multitalk", MultiTalk, ColabLayout.Index, "too long", "bf16")]
    [InlineData("file_truncated", MultiTalk, ColabLayout.Index, "cut off", "bf16")]
    [InlineData("file_is_pointer", MultiTalk, ColabLayout.Index, "a pointer", "bf16")]
    [InlineData("quant_map_missing", MultiTalk, "quant_models/quantization_map_int8_FusionX.json", "deleted", "int8-fusionx")]
    [InlineData("quant_map_missing", MultiTalk, "quant_models/t5_map_int8.json", "deleted", "int8 int8-fusionx")]
    [InlineData("file_missing", MultiTalk, "quant_models/dit_model_int8.safetensors", "deleted", "int8")]
    [InlineData("file_truncated", MultiTalk, "quant_models/t5_int8.safetensors", "cut off", "int8 int8-fusionx")]
    [InlineData("file_missing", Wav2Vec, "preprocessor_config.json", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("file_missing", Wav2Vec, "model.safetensors", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("folder_missing", Wav2Vec, "", "deleted", "bf16 int8 int8-fusionx")]
    [InlineData("folder_missing", Wav2Vec, "", "a broken link", "bf16 int8 int8-fusionx")]
    [InlineData("folder_missing", Base, "", "deleted", "int8 int8-fusionx")]
    [InlineData("file_missing", Kokoro, "kokoro-v1_0.pth", "deleted", "tts")]
    [InlineData("folder_missing", Kokoro, "voices", "deleted", "tts")]
    [InlineData("file_missing", Kokoro, "voices/*.pt", "deleted", "tts")]
    [InlineData("file_is_pointer", Kokoro, "voices/voice7.pt", "a pointer", "tts")]
    [InlineData("folder_missing", Kokoro, "", "empty", "tts")]
    public void What_is_wrong_is_named_with_the_sets_it_takes_away(string code, string folder, string name, string damage, string sets)
    {
        var volume = Volume();
        volume.AddQuantized();
        volume.AddKokoro();
        var before = ModelVolume.Inspect(volume.Root).Sets;
        var path = name == "" ? volume.FolderOf(folder) : volume.PathOf(folder, name);
        VolumeDamage.Do(path, damage);

        var report = ModelVolume.Inspect(volume.Root);

        var problem = Assert.Single(report.Problems);
        Assert.Equal((code, path), (problem.Code, problem.File));
        Assert.Equal(sets.Split(' '), problem.Sets);
        Assert.StartsWith(Path.GetRelativePath(volume.Root, path), problem.Message, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Remedy);
        // Without the base folder, nothing tells that the full model was meant to be there.
        Assert.Equal(before.Except(problem.Sets).Except(folder == Base && name == "" ? [ModelSet.Bf16] : []), report.Sets);
        Assert.Equal(report.Sets.Contains(ModelSet.Tts), report.Voices.Count > 0);
    }

    [Fact]
    public void An_empty_volume_lacks_the_folders_of_the_full_model()
    {
        var report = ModelVolume.Inspect(_directory.Path);
        Assert.Empty(report.Sets);
        Assert.Empty(report.Folders);
        Assert.Equal([Base, Wav2Vec, MultiTalk], report.Problems.Select(problem => Path.GetFileName(problem.File)));
        Assert.All(report.Problems, problem => Assert.Equal(("folder_missing", ModelSet.Bf16), (problem.Code, Assert.Single(problem.Sets))));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("of a model for text")]
    [InlineData("a broken link")]
    public void What_the_base_folder_has_for_an_index_does_not_matter(string damage)
    {
        var volume = Volume();
        VolumeDamage.Do(volume.PathOf(Base, ColabLayout.Index), damage);
        Assert.Equal([ModelSet.Bf16], ModelVolume.Inspect(volume.Root).Sets);
    }

    [Fact]
    public void The_weights_of_MultiTalk_may_have_been_moved_to_the_base_model()
    {
        var volume = Volume();
        File.Move(volume.PathOf(MultiTalk, ColabLayout.MultiTalkWeights), volume.PathOf(Base, ColabLayout.MultiTalkWeights));
        // And a link been left, which is broken here.
        File.CreateSymbolicLink(volume.PathOf(MultiTalk, ColabLayout.MultiTalkWeights), "/elsewhere/multitalk.safetensors");
        var report = ModelVolume.Inspect(volume.Root);
        Assert.Empty(report.Problems);
        Assert.Equal([ModelSet.Bf16], report.Sets);
    }

    [Fact]
    public void The_older_format_of_the_model_that_hears_will_do()
    {
        var volume = Volume();
        File.Delete(volume.PathOf(Wav2Vec, "model.safetensors"));
        FakeVolume.Torch(volume.PathOf(Wav2Vec, "pytorch_model.bin"), 380_261_837);
        Assert.Empty(ModelVolume.Inspect(volume.Root).Problems);

        VolumeDamage.Do(volume.PathOf(Wav2Vec, "pytorch_model.bin"), "a pointer");
        Assert.EndsWith("pytorch_model.bin", Assert.Single(ModelVolume.Inspect(volume.Root).Problems).File, StringComparison.Ordinal);
    }

    [Fact]
    public void The_remedy_is_a_command_to_run()
    {
        var volume = Volume(shortNames: true);
        File.Delete(volume.PathOf(Wav2Vec, "model.safetensors"));
        Assert.Equal(
            $"Get it with: huggingface-cli download TencentGameMate/chinese-wav2vec2-base model.safetensors --revision refs/pr/1 --local-dir \"{volume.Root}/wav2vec\"",
            Assert.Single(ModelVolume.Inspect(volume.Root).Problems).Remedy);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    [InlineData("/nowhere")]
    public void A_volume_that_is_not_there_is_a_problem(string? root)
    {
        var report = ModelVolume.Inspect(root);
        var problem = Assert.Single(report.Problems);
        Assert.Equal("volume_missing", problem.Code);
        Assert.Contains("Runner:Models", problem.Remedy, StringComparison.Ordinal);
        Assert.Empty(report.Sets);
        Assert.Empty(report.Folders);
    }

    [Fact]
    public void A_volume_that_is_a_file_or_leads_nowhere_is_a_problem()
    {
        var file = _directory.Write("file", "");
        File.CreateSymbolicLink(_directory["link"], _directory["nowhere"]);
        File.CreateSymbolicLink(_directory["loop"], _directory["loop"]);
        Assert.Contains("is a file, not a folder", Assert.Single(ModelVolume.Inspect(file).Problems).Message, StringComparison.Ordinal);
        Assert.Contains($"is a link to {_directory["nowhere"]}, which is not there", Assert.Single(ModelVolume.Inspect(_directory["link"]).Problems).Message, StringComparison.Ordinal);
        Assert.Equal("volume_missing", Assert.Single(ModelVolume.Inspect(_directory["loop"]).Problems).Code);
    }

    [Fact]
    public void What_the_runner_may_not_read_is_a_problem()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may read everything.");
        var volume = Volume();
        Check(volume.PathOf(Base, FakeVolume.Vae), UnixFileMode.None);
        Check(volume.PathOf(Base, "google/umt5-xxl"), UnixFileMode.None);
        Check(volume.FolderOf(Wav2Vec), UnixFileMode.None);
        // It can be listed, and not entered.
        Check(volume.FolderOf(MultiTalk), UnixFileMode.UserRead);
        Check(volume.Root, UnixFileMode.UserRead);

        void Check(string path, UnixFileMode rights)
        {
            var before = File.GetUnixFileMode(path);
            File.SetUnixFileMode(path, rights);
            try
            {
                var problem = Assert.Single(ModelVolume.Inspect(volume.Root).Problems);
                Assert.Equal(("unreadable", path), (problem.Code, problem.File));
            }
            finally
            {
                File.SetUnixFileMode(path, before);
            }
        }
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_holds_nothing_up()
    {
        var path = Volume().PathOf(Base, FakeVolume.Vae);
        File.Delete(path);
        using (var mkfifo = Process.Start("mkfifo", [path]))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("file_empty", Assert.Single(ModelVolume.Inspect(_directory["models"]).Problems).Code);
    }

    public void Dispose() => _directory.Dispose();

    private FakeVolume Volume(bool shortNames = false) => new(_directory["models"], shortNames);
}
