using MultiTalk.GpuRunner.Diagnosis;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>What runs print that nothing is wrong with must explain no failure and spoil no success.</summary>
public sealed class HealthyLinesTests
{
    private const string Finished = "[2026-11-22 15:55:59,102] INFO: Finished.\n";
    private const string Raised = "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n";

    // As the libraries of torch 2.4.1 print them.
    private static readonly string[] _lines =
    [
        "/usr/lib/python3/torch/nn/modules/conv.py:725: UserWarning: Plan failed with a cudnnException: CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR: cudnnFinalizeDescriptor Failed cudnn_status: CUDNN_STATUS_NOT_SUPPORTED (Triggered internally at ../aten/src/ATen/native/cudnn/Conv_v8.cpp:919.)",
        "/usr/lib/python3/torch/nn/modules/conv.py:725: UserWarning: Plan failed with an OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. (Triggered internally at ../aten/src/ATen/native/cudnn/Conv_v8.cpp:924.)",
        "  return F.conv3d(",
        "  5%|▌         | 2/40 [01:10<22:10, 35.01s/it]/usr/lib/python3/torch/nn/modules/conv.py:725: UserWarning: Plan failed with a cudnnException: cudnn_status: CUDNN_STATUS_NOT_SUPPORTED",
        "/usr/lib/python3/torch/backends/cudnn/__init__.py:107: UserWarning: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR was seen by an earlier call",
        "cudnn_status: CUDNN_STATUS_NOT_SUPPORTED",
        "/opt/MultiTalk/wan/modules/t5.py:494: FutureWarning: You are using `torch.load` with `weights_only=False` (the current default value), which uses the default pickle module implicitly.",
        "/usr/lib/python3/torch/nn/modules/module.py:2400: UserWarning: for patch_embedding.weight: copying from a non-meta parameter in the checkpoint to a meta parameter in the current module, which is a no-op.",
        "/usr/lib/python3/torchvision/io/image.py:13: UserWarning: Failed to load image Python extension: '/usr/lib/python3/torchvision/image.so: undefined symbol: _ZN3c104cuda9SetDeviceEi'If you don't plan on using image functionality from `torchvision.io`, you can ignore this warning.",
        "Some weights of Wav2Vec2Model were not initialized from the model checkpoint at weights/chinese-wav2vec2-base and are newly initialized: ['encoder.pos_conv_embed.conv.parametrizations.weight.original0', 'encoder.pos_conv_embed.conv.parametrizations.weight.original1']",
        "You should probably TRAIN this model on a down-stream task to be able to use it for predictions and inference.",
        "Some weights of the model checkpoint at weights/Wan2.1-I2V-14B-480P were not used when initializing WanModel: ['head.bias']",
        "huggingface/tokenizers: The current process just got forked, after parallelism has already been used. Disabling parallelism to avoid deadlocks...",
        "flash_attn_interface is not used: No module named 'flash_attn_interface'",
        "FlashAttention 3 is not there (ModuleNotFoundError: No module named 'flash_attn_3')",
        "NCCL version 2.20.5+cuda12.4",
        "runner:412:430 [0] NCCL INFO Channel 00 : 0[0] -> 1[1] via SHM/direct/direct",
        "runner:412:430 [0] NCCL INFO MMAP allocated shareable host buffer /dev/shm/nccl-tzcvZ2 size 9637888 ptr 0x7f2a0c000000",
        "[W1122 15:54:41.001302 socket.cpp:697] [c10d] The client socket has failed to connect to [localhost]:29500 (errno: 99 - Cannot assign requested address).",
        "[rank0]:[W1122 15:58:43.865680143 ProcessGroupNCCL.cpp:1250] Warning: WARNING: process group has NOT been destroyed before we destroy ProcessGroupNCCL. On normal program exit, the application should call destroy_process_group to ensure that any pending NCCL operations have finished in this process. (function operator())",
        "W1122 15:54:30.100000 140206139811648 torch/distributed/run.py:779] Setting OMP_NUM_THREADS environment variable for each process to be 1 in default, to avoid your system being overloaded",
        "/usr/lib/python3/librosa/core/audio.py:172: UserWarning: PySoundFile failed. Trying audioread instead.",
        "/usr/lib/python3/pyloudnorm/normalize.py:62: UserWarning: Possible clipped samples in output.",
        "WARNING: Defaulting repo_id to hexgrad/Kokoro-82M. Pass repo_id='hexgrad/Kokoro-82M' to suppress this warning.",
        "/usr/lib/python3/torch/nn/utils/weight_norm.py:134: FutureWarning: `torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        "16:00:28 |         wan_lora:102 |     INFO | Applied 400 LoRA weight adjustments",
        "Loading checkpoint shards: 100%|██████████| 8/8 [02:01<00:00, 15.20s/it]",
        "IMAGEIO FFMPEG_WRITER WARNING: input image is not divisible by macro_block_size=16, resizing from (896, 440) to (896, 448)",
        "[swscaler @ 0x5581] deprecated pixel format used, make sure you did set range correctly",
        "Guessed Channel Layout for Input Stream #0.0 : mono",
        "[libx264 @ 0x2a042800] using cpu capabilities: MMX2 SSE2Fast SSSE3 SSE4.2 AVX FMA3 BMI2 AVX2 AVX512",
    ];

    /// <summary>The recordings that ended well.</summary>
    public static TheoryData<string> Successes => [.. Transcript.Names.Where(name => name.StartsWith("clip-", StringComparison.Ordinal) || name is "black-video-bad-bbox" or "single-streaming" or "two-person-streaming")];

    [Fact]
    public void A_line_of_a_healthy_run_shows_no_failure() => Assert.All(_lines, line =>
    {
        var log = Output.Log(line + "\n");
        Assert.Empty(FailureCatalogue.Anywhere.Where(entry => log.EvidenceOf(entry).Count > 0).Select(entry => entry.Code));
        Assert.Null(Output.Find(0, Output.Log(line + "\n", Finished)));
    });

    [Theory]
    [MemberData(nameof(Successes))]
    public void A_healthy_recording_shows_no_failure(string name)
    {
        var log = Output.Log(Transcript.Load(name));
        // The end of a run that hides its log looks like that of any other.
        Assert.Empty(FailureCatalogue.Anywhere.Where(entry => log.EvidenceOf(entry).Count > 0).Select(entry => entry.Code).Except(["log_hidden"]));
    }

    [Fact]
    public void Seven_recordings_are_healthy() => Assert.Equal(7, Successes.Count);

    [Theory]
    [InlineData(1, "subprocess.CalledProcessError: Command '['ffmpeg', '-i']' returned non-zero exit status 1.", "ffmpeg_failed")]
    [InlineData(1, "PermissionError: [Errno 13] Permission denied: '/root/.triton/cache'", "not_writable")]
    [InlineData(1, "ModuleNotFoundError: No module named 'easydict'", "package_broken")]
    [InlineData(1, "ValueError: something", "script_exception")]
    [InlineData(2, "", "bad_argument")]
    [InlineData(3, "", "script_failed")]
    [InlineData(-6, "", "script_crashed")]
    [InlineData(-9, "", "script_killed")]
    [InlineData(-11, "", "script_crashed")]
    public void Another_failure_is_told_as_if_they_were_not_there(int exitCode, string exception, string code) =>
        Assert.Equal(code, Output.Find(exitCode, Output.Log(string.Concat(_lines.Select(line => line + "\n")) + (exception.Length > 0 ? Raised + exception + "\n" : "")))?.Code);
}
