namespace MultiTalk.StandIn;

/// <summary>A failure as the script shows it.</summary>
/// <param name="Name">What happens.</param>
/// <param name="Row">Its number in the list of known failures; 0 if it is not in it.</param>
/// <param name="Code">What the diagnosis calls it.</param>
/// <param name="ExitCode">The exit code; −n if signal n ends it.</param>
/// <param name="Error">What goes to stderr.</param>
/// <param name="Output">What goes to stdout before that.</param>
public sealed record FailureScenario(string Name, int Row, string Code, int ExitCode, string Error, string Output = "");

/// <summary>
/// The failures that no recording shows. The texts are written by hand, as the libraries print them. Row 24 needs a plan with
/// a LoRA for the full model.
/// </summary>
public static class FailureScenarios
{
    private const int Kill = -9;
    private const int Abort = -6;
    private const int Fault = -11;

    // What stdout holds when the script is that far.
    private const string Inputs = "[2026-11-22 15:54:40,101] INFO: Generation job args: Namespace(task='multitalk-14B', size='multitalk-480')\n[2026-11-22 15:54:40,102] INFO: Generation model config: {'__name__': 'Config: Wan MultiTalk AI2V 14B'}\n";
    private const string Loading = Inputs + "[2026-11-22 15:54:44,730] INFO: Creating MultiTalk pipeline.\n[2026-11-22 15:54:44,731] INFO: loading weights/Wan2.1-I2V-14B-480P/models_t5_umt5-xxl-enc-bf16.pth\n";
    private const string Weights = Loading + "[2026-11-22 15:54:55,101] INFO: Creating WanModel from weights/Wan2.1-I2V-14B-480P\n";
    private const string Generating = Weights + "[2026-11-22 15:54:58,952] INFO: Generating video ...\n";
    private const string Saving = Generating + "[2026-11-22 15:55:54,900] INFO: Saving generated video to output.mp4\n";
    private const string Finished = Saving + "[2026-11-22 15:55:59,102] INFO: Finished.\n";

    private const string FfmpegFailed = "subprocess.CalledProcessError: Command '['ffmpeg', '-y', '-i', 'output-temp.mp4', '-i', 'output-cropaudio.wav', '-c:v', 'libx264', '-c:a', 'aac', '-shortest', 'output.mp4']' returned non-zero exit status 1.";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FailureScenario> All { get; } =
    [
        // Packages.
        new("no misaki", 1, "misaki_missing", 1, Raised("ModuleNotFoundError: No module named 'misaki'", "kokoro/pipeline.py", "from misaki import en, espeak")),
        new("Python 3.11", 2, "python_too_new", 1, Raised("ImportError: cannot import name 'ArgSpec' from 'inspect' (/usr/lib/python3.11/inspect.py)", "wan/multitalk.py", "from inspect import ArgSpec")),
        new("flash-attn for another torch", 3, "flash_attn_broken", 1, Raised("ImportError: /usr/lib/python3/flash_attn_2_cuda.cpython-310-x86_64-linux-gnu.so: undefined symbol: _ZN3c105ErrorC2E", "flash_attn/flash_attn_interface.py", "import flash_attn_2_cuda")
            + Cause + Raised("RuntimeError: Failed to import diffusers.pipelines.pipeline_utils because of the following error (look up to see its traceback):\nFailed to import diffusers.models.autoencoders.autoencoder_kl because of the following error (look up to see its traceback):\n/usr/lib/python3/flash_attn_2_cuda.cpython-310-x86_64-linux-gnu.so: undefined symbol: _ZN3c105ErrorC2E", "diffusers/utils/import_utils.py", "raise RuntimeError(")),
        new("no flash-attn", 4, "flash_attn_missing", 1, Raised("AssertionError", "wan/modules/attention.py", "assert FLASH_ATTN_2_AVAILABLE"), Generating),
        new("a card before Ampere", 5, "gpu_too_old", 1, Raised("RuntimeError: FlashAttention only supports Ampere GPUs or newer.", "flash_attn/flash_attn_interface.py", "out = flash_attn_cuda.varlen_fwd("), Generating),
        new("a card that torch was not built for", 5, "gpu_too_old", 1, Raised("RuntimeError: CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1", "wan/modules/clip.py", "x = x.to(device)"), Loading),
        new("wav2vec as .bin", 6, "transformers_needs_newer_torch", 1, Raised("ValueError: Due to a serious vulnerability issue in `torch.load`, even with `weights_only=True`, we now require users to upgrade torch to at least v2.6 in order to use the function.", "transformers/modeling_utils.py", "check_torch_load_is_safe()"), Inputs),
        new("transformers after 4.49", 7, "transformers_too_new", 1, Raised("ValueError: The `output_attentions` attribute is not supported when using the `attn_implementation` set to sdpa. Please set it to 'eager' instead.", "transformers/configuration_utils.py", "raise ValueError("), Inputs),
        new("xfuser 0.4.5", 8, "xfuser_too_new", 1, Raised("ModuleNotFoundError: No module named 'torch.distributed.tensor.experimental'", "xfuser/core/distributed/parallel_state.py", "from torch.distributed.tensor.experimental import context_parallel")),
        new("no yunchang", 9, "xfuser_incomplete", 1, Raised("ModuleNotFoundError: No module named 'yunchang'", "xfuser/core/distributed/parallel_state.py", "import yunchang")),
        new("no distvae", 9, "xfuser_incomplete", 1, Raised("ModuleNotFoundError: No module named 'distvae'", "xfuser/model_executor/models/__init__.py", "from distvae.modules import DecoderAdapter")),
        new("a numpy of another build", 10, "numpy_mismatch", 1, Raised("ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject", "scipy/sparse/csgraph/__init__.py", "from ._shortest_path import shortest_path")),
        new("numpy 2 with numba", 10, "numpy_mismatch", 1, Raised("ImportError: Numba needs NumPy 1.26 or less", "numba/__init__.py", "raise ImportError(msg)")),
        new("torchvision from another index", 11, "torchvision_mismatch", 1, Raised("RuntimeError: Detected that PyTorch and torchvision were compiled with different CUDA major versions. PyTorch has CUDA Version=12.1 and torchvision has CUDA Version=11.8. Please reinstall the torchvision that matches your PyTorch install.", "torchvision/extension.py", "raise RuntimeError(")),
        new("xformers for another torch", 12, "xformers_mismatch", 1, "WARNING[XFORMERS]: xFormers can't load C++/CUDA extensions. xFormers was built for:\n    PyTorch 2.4.1+cu121 with CUDA 1201 (you have 2.6.0+cu124)\n    Python  3.10.14 (you have 3.10.12)\n"
            + Raised("NotImplementedError: No operator found for `memory_efficient_attention_forward` with inputs:\n     query       : shape=(1, 1568, 40, 128) (torch.bfloat16)\n     p           : 0.0", "xformers/ops/fmha/dispatch.py", "raise NotImplementedError(msg)"), Generating),
        new("xformers for another torch, and an exception that tells nothing", 12, "xformers_not_loaded", 1, "WARNING[XFORMERS]: xFormers can't load C++/CUDA extensions. xFormers was built for:\n" + Raised("RuntimeError: something", "wan/multitalk.py", "pass"), Generating),
        new("an old diffusers", 13, "diffusers_too_old", 1, Raised("ImportError: cannot import name 'cached_download' from 'huggingface_hub' (/usr/lib/python3/huggingface_hub/__init__.py)", "diffusers/utils/dynamic_modules_utils.py", "from huggingface_hub import HfFolder, cached_download, hf_hub_download, model_info")),
        new("no C compiler", 14, "compiler_missing", 1, Raised("RuntimeError: Failed to find C compiler. Please specify via CC environment variable.", "triton/runtime/build.py", "raise RuntimeError("), Generating),
        new("a C compiler that is not there", 14, "compiler_missing", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'gcc'", "subprocess.py", "raise child_exception_type(errno_num, err_msg, err_filename)"), Generating),
        new("no headers of Python", 14, "compiler_missing", 1, "/tmp/tmpa1b2c3d4/main.c:4:10: fatal error: Python.h: No such file or directory\n    4 | #include <Python.h>\n      |          ^~~~~~~~~~\ncompilation terminated.\n"
            + Raised("subprocess.CalledProcessError: Command '['/usr/bin/gcc', '/tmp/tmpa1b2c3d4/main.c', '-O3', '-shared', '-fPIC', '-o', '/tmp/tmpa1b2c3d4/cuda_utils.so']' returned non-zero exit status 1.", "triton/runtime/build.py", "ret = subprocess.check_call(cc_cmd)"), Generating),
        new("a user without a name", 15, "user_without_name", 1, Raised("KeyError: 'getpwuid(): uid not found: 1000'", "getpass.py", "return pwd.getpwuid(os.getuid())[0]")),
        new("numba cannot cache", 16, "numba_cache_not_writable", 1, Raised("RuntimeError: cannot cache function '__o_fold': no locator available for file '/usr/lib/python3/librosa/core/notation.py'", "numba/core/caching.py", "raise RuntimeError(")),
        new("no torch, told by the one card's script", 0, "package_broken", 1, Raised("ModuleNotFoundError: No module named 'torch'", "generate_multitalk.py", "import torch")),
        new("no torch, told by what starts several", 0, "package_broken", 1, "/usr/bin/python3: Error while finding module specification for 'torch.distributed.run' (ModuleNotFoundError: No module named 'torch')\n"),
        new("half a torch", 0, "package_broken", 1, "/usr/bin/python3: No module named torch.distributed.run\n"),
        new("a package that is not in the list", 0, "package_broken", 1, Raised("ModuleNotFoundError: No module named 'easydict'", "wan/configs/shared_config.py", "from easydict import EasyDict")),
        new("sageattention", 48, "log_hidden", 0, "Output #0, wav, to 'output-cropaudio.wav':\nOutput #0, mp4, to 'output.mp4':\n", "teacache_init\nteacache_init done\n"),
        new("no model of English", 46, "speech_data_missing", 1, Raised("requests.exceptions.ConnectionError: HTTPSConnectionPool(host='raw.githubusercontent.com', port=443): Max retries exceeded with url: /explosion/spacy-models/master/compatibility.json", "requests/adapters.py", "raise ConnectionError(e, request=request)"), Inputs),
        new("no model of English, and spaCy says so", 46, "speech_data_missing", 1, Raised("OSError: [E050] Can't find model 'en_core_web_sm'. It doesn't seem to be a Python package or a valid path to a data directory.", "spacy/util.py", "raise IOError(Errors.E050.format(name=name))"), Inputs),
        new("no data of espeak", 46, "speech_data_missing", 1, "Error processing file '/home/runner/work/espeakng-loader/espeakng-loader/espeak-ng/_dynamic/share/espeak-ng-data/phontab': No such file or directory.\n", Inputs),

        // The machine.
        new("no driver", 17, "gpu_missing", 1, Raised("RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx", "wan/modules/t5.py", "device=torch.cuda.current_device(),")),
        new("an old driver", 17, "gpu_missing", 1, Raised("RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx", "wan/modules/t5.py", "device=torch.cuda.current_device(),")),
        new("killed while the weights are loaded", 37, "script_killed", Kill, "\rLoading checkpoint shards:  75%|███████▌  | 6/8 [02:01<00:40, 20.20s/it]", Weights),
        new("a worker killed", 37, "script_killed", 1, Launcher(-9, "Signal 9 (SIGKILL) received by PID 412"), Weights),
        new("a worker killed, and the others miss it", 37, "script_killed", 1, Ranked(1, Nccl) + Launcher(-9, "Signal 9 (SIGKILL) received by PID 412"), Weights),
        new("memory refused", 37, "host_out_of_memory", 1, Raised("RuntimeError: [enforce fail at alloc_cpu.cpp:114] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 262144000 bytes. Error code 12 (Cannot allocate memory)", "wan/modules/t5.py", "model.load_state_dict(torch.load(checkpoint_path, map_location='cpu'))"), Loading),
        new("no ffmpeg", 42, "ffmpeg_missing", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", "subprocess.py", "raise child_exception_type(errno_num, err_msg, err_filename)"), Saving),
        new("an ffmpeg without libx264", 42, "ffmpeg_missing", 1, "Unknown encoder 'libx264'\n" + Raised(FfmpegFailed, "wan/utils/multitalk_utils.py", "subprocess.run(final_command, check=True)"), Saving),
        new("an ffmpeg that fails", 0, "ffmpeg_failed", 1, Raised(FfmpegFailed, "wan/utils/multitalk_utils.py", "subprocess.run(final_command, check=True)"), Saving),
        new("no shared memory for NCCL", 51, "shared_memory_full", 1, Ranked(0, Raised("torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:275, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.20.5\nncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error.\nLast error:\nError while creating shared memory segment /dev/shm/nccl-tzcvZ2 (size 9637888)", "torch/distributed/distributed_c10d.py", "work = group.broadcast([tensor], opts)")) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"), Weights),
        new("no shared memory, and NCCL says why", 51, "shared_memory_full", 1, "runner:412:512 [1] include/alloc.h:103 NCCL WARN Call to posix_fallocate failed : No space left on device\n" + Ranked(0, Nccl) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"), Weights),
        new("no shared memory for torch", 51, "shared_memory_full", 1, Raised("RuntimeError: unable to write to file </torch_412_2153371733_0>: No space left on device (28)", "torch/multiprocessing/reductions.py", "fd, size = storage._share_fd_cpu_()"), Inputs),
        new("a quota", 43, "disk_full", 1, Raised("OSError: [Errno 122] Disk quota exceeded: 'save_audio/image/1.pt'", "generate_multitalk.py", "torch.save(audio_embedding, emb_path)"), Inputs),
        new("a directory that may not be written", 0, "not_writable", 1, Raised("PermissionError: [Errno 13] Permission denied: '/root/.triton/cache'", "triton/runtime/cache.py", "os.makedirs(self.cache_dir, exist_ok=True)"), Generating),
        new("no memory for what Triton compiled", 36, "gpu_out_of_memory", 1, Raised("RuntimeError: Triton Error [CUDA]: out of memory", "triton/compiler/compiler.py", "self.module, self.function, self.n_regs, self.n_spills = driver.active.utils.load_binary("), Generating),
        new("no memory, told by the driver", 36, "gpu_out_of_memory", 1, Raised("RuntimeError: CUDA driver error: out of memory", "wan/multitalk.py", "videos = self.vae.decode(x0)"), Generating),
        new("no memory for cuBLAS", 36, "gpu_out_of_memory", 1, Raised("RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", "torch/nn/modules/linear.py", "return F.linear(input, self.weight, self.bias)"), Generating),
        new("no memory for compiled code", 37, "host_out_of_memory", Abort, "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n", Weights),
        new("no card's memory, survived, and then killed", 37, "script_killed", Kill, Raised("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB.", "wan/multitalk.py", "videos = self.vae.decode(x0)") + "\r  0%|          | 0/40 [00:00<?, ?it/s]\r  2%|▎         | 1/40 [00:35<22:45, 35.01s/it]", Generating),
        new("no card's memory, and killed while it ends", 36, "gpu_out_of_memory", Kill, "\r  2%|▎         | 1/40 [00:35<22:45, 35.01s/it]\n" + Raised("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB.", "wan/multitalk.py", "videos = self.vae.decode(x0)"), Generating),
        new("a worker without memory", 36, "gpu_out_of_memory", 1, Ranked(1, Raised("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB. GPU 1 has a total capacity of 39.39 GiB of which 12.56 MiB is free.", "wan/multitalk.py", "noise_pred_cond = self.model(")) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"), Generating),
        new("a worker without memory, told after the one that misses it", 36, "gpu_out_of_memory", 1, Ranked(0, Nccl) + Ranked(1, Raised("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 66.00 MiB.", "wan/multitalk.py", "noise_pred_cond = self.model(")) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"), Generating),
        new("NCCL fails", 51, "cards_lost_each_other", 1, Ranked(0, Nccl) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html"), Weights),
        new("a card does not answer", 51, "cards_lost_each_other", 1, "[rank1]:[E1122 15:58:43.865680143 ProcessGroupNCCL.cpp:607] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7753, OpType=ALLTOALL_BASE, NumelIn=544997376, NumelOut=544997376, Timeout(ms)=600000) ran for 600003 milliseconds before timing out.\nterminate called after throwing an instance of 'c10::DistBackendError'\n  what():  [PG 0 (default_pg) Rank 1] Process group watchdog thread terminated with exception\n"
            + Launcher(-6, "Signal 6 (SIGABRT) received by PID 412"), Generating),
        new("a card that fails", 0, "gpu_fault", 1, Raised("RuntimeError: CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.", "wan/multitalk.py", "videos = self.vae.decode(x0)"), Generating),
        new("a card that fails and takes the script along", 0, "gpu_fault", Abort, "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: uncorrectable ECC error encountered\n", Generating),
        new("a card of several that fails", 0, "gpu_fault", 1, Ranked(0, Nccl) + "[rank1]:[E1122 15:58:43.865680143 ProcessGroupNCCL.cpp:1515] [PG 0 (default_pg) Rank 1] Process group watchdog thread terminated with exception: CUDA error: an illegal memory access was encountered\n" + Launcher(-6, "Signal 6 (SIGABRT) received by PID 412"), Generating),
        new("cuDNN fails", 0, "gpu_fault", 1, Raised("RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", "torch/nn/modules/conv.py", "return F.conv3d("), Generating),
        new("a crash", 0, "script_crashed", Fault, "", Generating),

        // The model.
        new("no folder of a tokenizer", 21, "model_folder_missing", 1, Raised("OSError: Can't load tokenizer for 'weights/Wan2.1-I2V-14B-480P/google/umt5-xxl'. If you were trying to load it from 'https://huggingface.co/models', make sure you don't have a local directory with the same name.", "transformers/tokenization_utils_base.py", "raise EnvironmentError("), Loading),
        new("a file of the model is not there", 22, "model_file_missing", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'weights/Wan2.1-I2V-14B-480P/models_t5_umt5-xxl-enc-bf16.pth'", "wan/modules/t5.py", "model.load_state_dict(torch.load(checkpoint_path, map_location='cpu'))"), Loading),
        new("no script", 22, "workspace_incomplete", 2, "python3: can't open file '/workspace/MultiTalk/generate_multitalk.py': [Errno 2] No such file or directory\n"),
        new("a configuration of the model that is no JSON", 20, "model_file_damaged", 1, Raised("UnicodeDecodeError: 'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte", "codecs.py", "(result, consumed) = self._buffer_decode(data, self.errors, final)")
            + During + Raised("OSError: It looks like the config file at 'weights/chinese-wav2vec2-base/config.json' is not a valid JSON file.", "transformers/configuration_utils.py", "raise EnvironmentError("), Inputs),
        new("an index that is no JSON", 20, "model_file_damaged", 1, Raised("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "diffusers/models/model_loading_utils.py", "index = json.loads(f.read())", "json/decoder.py", "raise JSONDecodeError(\"Expecting value\", s, err.value) from None"), Weights),
        new("a configuration of Kokoro that is no JSON", 20, "model_file_damaged", 1, Raised("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "kokoro/model.py", "config = json.load(r)", "json/decoder.py", "raise JSONDecodeError(\"Expecting value\", s, err.value) from None"), Inputs),
        new("no map beside the quantized model", 23, "model_quant_map_missing", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'weights/MeiGen-MultiTalk/quant_models/quantization_map_int8_FusionX.json'", "wan/multitalk.py", "with open(map_json_path, \"r\") as f:"), Loading),
        new("audio layers of noise", 19, "model_index_not_multitalk", 0, "Some weights of WanModel were not initialized from the model checkpoint at weights/Wan2.1-I2V-14B-480P and are newly initialized: ['blocks.0.audio_cross_attn.kv_linear.bias']\nYou should probably TRAIN this model on a down-stream task to be able to use it for predictions and inference.\n", Finished),
        new("a LoRA of another layout", 24, "lora_not_applied", 0, "\e[32m16:00:28\e[0m | \e[36m        wan_lora:102\e[0m | \e[1m    INFO\e[0m | \e[1mApplied 0 LoRA weight adjustments\e[0m\n\e[32m16:00:28\e[0m | \e[36m        wan_lora:104\e[0m | \e[1m    INFO\e[0m | \e[1mWarning: No LoRA weights were applied.\e[0m\n", Finished),

        // The request.
        new("frames that do not divide", 27, "frame_num_invalid", 1, Raised("einops.EinopsError:  Error while processing rearrange-reduction pattern \"(b t) h w -> b t h w\".\n Input tensor shape: torch.Size([43, 56, 112]). Additional info: {'t': 4}.\n Shape mismatch, can't divide axis of length 43 in chunks of 4", "einops/einops.py", "raise EinopsError(message + \"\\n {}\".format(e))"), Generating),
        new("no audio_type", 29, "input_incomplete", 1, Raised("KeyError: 'audio_type'", "generate_multitalk.py", "input_data['audio_type']"), Inputs),
        new("another audio_type", 29, "input_incomplete", 1, Raised("UnboundLocalError: local variable 'new_human_speech1' referenced before assignment", "generate_multitalk.py", "sum_human_speechs = new_human_speech1 + new_human_speech2"), Inputs),
        new("a broken input.json", 22, "input_not_json", 1, Raised("json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", "json/decoder.py", "obj, end = self.scan_once(s, idx)"), Inputs),
        new("boxes of one of two", 34, "input_incomplete", 1, Raised("AssertionError: The number of target bbox should be the same with cond_audio", "wan/multitalk.py", "assert len(input_data['bbox']) == len(input_data['cond_audio'])"), Generating),
        new("0.4 s of voice", 30, "voice_under_loudness_block", 1, Raised("ValueError: Audio must have length greater than the block size.", "pyloudnorm/util.py", "raise ValueError(\"Audio must have length greater than the block size.\")"), Inputs),
        new("no voice", 31, "voice_unreadable", 1, Raised("soundfile.LibsndfileError: Error opening 'voice1.wav': Format not recognised.", "soundfile.py", "raise LibsndfileError(err, prefix=\"Error opening {0!r}: \".format(self.name))")
            + During + Raised("audioread.exceptions.NoBackendError", "audioread/__init__.py", "raise NoBackendError()"), Inputs),
        new("a voice that is gone", 31, "voice_unreadable", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: '/workspace/MultiTalk/voice2.wav'", "audioread/rawread.py", "self._fh = open(filename, 'rb')"), Inputs),
        new("a sound of the script's own that is gone", 0, "workspace_incomplete", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'output-cropaudio.wav'", "wan/utils/multitalk_utils.py", "os.remove(save_path_crop_audio)"), Saving),
        new("a sound that the script made and lost", 0, "workspace_incomplete", 1, Raised("FileNotFoundError: [Errno 2] No such file or directory: 'save_audio/image/sum.wav'", "audioread/rawread.py", "self._fh = open(filename, 'rb')"), Generating),
        new("no picture", 32, "picture_unreadable", 1, Raised("PIL.UnidentifiedImageError: cannot identify image file 'image.png'", "PIL/Image.py", "raise UnidentifiedImageError(msg)"), Generating),
        new("colour above 1", 38, "color_correction_invalid", 1, Raised("ValueError: Strength must be between 0.0 and 1.0, got 1.5", "wan/utils/multitalk_utils.py", "raise ValueError(f\"Strength must be between 0.0 and 1.0, got {strength}\")"), Generating),
        new("a seed of 2^32", 39, "seed_invalid", 1, Raised("ValueError: Seed must be between 0 and 2**32 - 1", "wan/multitalk.py", "np.random.seed(seed)"), Generating),
        new("cards without torchrun", 49, "cards_not_dividing", 1, Raised("AssertionError: context parallel are not supported in non-distributed environments.", "generate_multitalk.py", "assert not (")),
        new("cards that do not divide the heads", 49, "cards_not_dividing", 1, Ranked(0, Raised("AssertionError: `cfg.num_heads=40` cannot be divided evenly by `args.ulysses_size=3`.", "generate_multitalk.py", "assert cfg.num_heads % args.ulysses_size == 0")) + Launcher(1, "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html")),

        // What nobody knows.
        new("an exception that is not known", 0, "script_exception", 1, Raised("ZeroDivisionError: division by zero", "wan/multitalk.py", "1 / 0"), Generating),
        new("an end without a word", 0, "script_failed", 3, "", Generating),
        new("an end that was not announced", 0, "script_failed", 0, "", Generating),
    ];

    private const string During = "\nDuring handling of the above exception, another exception occurred:\n\n";
    private const string Cause = "\nThe above exception was the direct cause of the following exception:\n\n";

    private static string Nccl => Raised("torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:275, remote process exited or there was a network error, NCCL version 2.20.5\nncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.", "torch/distributed/distributed_c10d.py", "work = group.alltoall_base(output, input)");

    // As Python 3.10 prints it, without carets.
    private static string Raised(string exception, params string[] filesAndCode) =>
        "Traceback (most recent call last):\n  File \"/opt/MultiTalk/generate_multitalk.py\", line 638, in <module>\n    generate(args)\n"
        + string.Concat(filesAndCode.Chunk(2).Select(frame => $"  File \"/usr/lib/python3/{frame[0]}\", line 42, in inner\n    {frame[1]}\n")) + exception + "\n";

    // torch's hook puts the rank before every line but empty ones.
    private static string Ranked(int rank, string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? "" : $"[rank{rank}]: {line}"));

    private static string Launcher(int exitCode, string traceback) =>
        $"""
        E1122 15:55:02.102000 140206139811648 torch/distributed/elastic/multiprocessing/api.py:833] failed (exitcode: {exitCode}) local_rank: 1 (pid: 412) of binary: /usr/bin/python3
        Traceback (most recent call last):
          File "/usr/lib/python3/torch/distributed/launcher/api.py", line 264, in launch_agent
            raise ChildFailedError(
        torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
        ============================================================
        generate_multitalk.py FAILED
        ------------------------------------------------------------
        Failures:
          <NO_OTHER_FAILURES>
        ------------------------------------------------------------
        Root Cause (first observed failure):
        [0]:
          time      : 2026-11-22_15:55:02
          host      : runner
          rank      : 1 (local_rank: 1)
          exitcode  : {exitCode} (pid: 412)
          error_file: <N/A>
          traceback : {traceback}
        ============================================================

        """;
}
