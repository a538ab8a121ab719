namespace MultiTalk.GpuRunner.Diagnosis;

/// <content>Disk, card, memory, programs.</content>
public static partial class FailureCatalogue
{
    private static IEnumerable<FailureEntry> OfTheMachine =>
    [
        // Before disk_full: it is a file system of its own, with the same words.
        new("shared_memory_full", Line(@"Error while (?:creating|attaching to) shared memory segment|(?:/dev/shm|shared memory|</torch_\d+|NCCL WARN).*No space left on device|No space left on device.*/dev/shm"), "The shared memory of the runner is full.",
            "Several cards on one host talk to each other through /dev/shm, and a container gets 64 MB of it unless told otherwise.",
            "The runner's operator: start the container with --shm-size=16g, or delete what other programs left in /dev/shm. Then try again.", Retryable: true)
            { Anywhere = true },
        // Only a line, while the exception speaks of a failed ffmpeg and the bar "Saving video" reaches its end.
        new("disk_full", Line(@"No space left on device|Disk quota exceeded"), "The disk of the runner is full.",
            "What the script wrote found no room: in the workspace, the temporary directory or a package's cache.",
            "The runner's operator: free space where Runner:Workspaces, TMPDIR and HOME point, or point them elsewhere. Then try again.", Retryable: true)
            { Anywhere = true },
        // cuBLAS calls itself not initialized when its workspace finds no room.
        new(GpuOutOfMemory, Line(@"CUDA out of memory|CUDA error: out of memory|CUDA driver error: out of memory|Triton Error \[CUDA\]: out of memory|Cuda failure (?:\d+ )?'out of memory'|OutOfMemoryError: |CUBLAS_STATUS_(?:ALLOC_FAILED|NOT_INITIALIZED)|CUDNN_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation"), "The card's memory did not suffice.",
            "The video and the part of the model that stays on the card need more memory than was free, or another program uses the card.",
            "The request: take size 480, shorter segments (frameNum 81), fewer persistentParameters or the preset low-memory. The runner's operator: see with nvidia-smi who else uses the card, or offer a larger one.", Retryable: false)
            { Anywhere = true },
        new("gpu_missing", Line(@"Found no NVIDIA driver|NVIDIA driver on your system is too old|No CUDA GPUs are available|CUDA driver version is insufficient|no CUDA-capable device|Torch not compiled with CUDA enabled|libcuda\.so(?:\.1)?: cannot open"), "The script found no card that it can use.",
            "The container or host was given no NVIDIA card, its driver is older than CUDA 12.1 needs, or torch was installed without CUDA.",
            "The runner's operator: run nvidia-smi and doctor there. A container needs --gpus all and the NVIDIA container toolkit; CUDA 12.1 needs driver 525.60 or newer.", Retryable: true),
        new("gpu_too_old", Line(@"FlashAttention only supports Ampere GPUs or newer|no kernel image is available for execution"), "The runner's card is too old.",
            "flash-attn needs compute capability 8.0: an Ampere card such as an A100, A10 or RTX 30, or a newer one. T4, V100 and RTX 20 cards are older.",
            "The runner's operator: use a newer card. Meanwhile take this runner out of service.", Retryable: true),
        // Only what was thrown: torch warns of cuDNN's plans that do not fit, and takes the next one.
        new("gpu_fault", Line(@"(?:Error: |what\(\):\s+|terminated with exception: )(?:CUDA error: |cuDNN error: CUDNN_STATUS_(?:EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR|NOT_INITIALIZED))"), "The card or its driver failed.",
            "CUDA reported an error that the video has nothing to do with.",
            "Try again. If it happens again, the runner's operator: look for Xid lines of the card in the system's log (dmesg) and restart the host.", Retryable: true)
            { Anywhere = true },
        new("host_out_of_memory", Line(@"^MemoryError|_ArrayMemoryError: |can't allocate memory|Cannot allocate memory|unable to mmap \d+ bytes|std::bad_alloc"), "The host's memory did not suffice.",
            "The weights pass through the host's memory on their way to the card, 75 GB of them with the full model.",
            "The runner's operator: give the host, and the container, 96 GB of memory. The request: the preset low-memory needs 48.", Retryable: true)
            { Anywhere = true },
        // imageio brings an ffmpeg of its own; what upstream calls at the very end is another.
        new("ffmpeg_missing", Line(@"No such file or directory: 'ffmpeg'|Unknown encoder '(?:libx264|aac)'|Encoder (?:libx264|aac) not found"), "The runner's ffmpeg is missing or cannot encode.",
            "The script calls ffmpeg at its very end to join frames and sound; it must be on the PATH and have libx264.",
            "The runner's operator: install it (Debian and Ubuntu: apt-get install ffmpeg) and run doctor there.", Retryable: true)
            { Anywhere = true },
        new("left_over_output", Line(@"-cropaudio\.wav' already exists"), "The script found the left-over of another run.",
            "ffmpeg does not overwrite output-cropaudio.wav, which a run that was killed leaves behind: two runs shared a directory, or one was repeated by hand.",
            "Run it in a directory of its own; every new attempt has one. If you repeat a kept failure by hand, delete output-cropaudio.wav first.", Retryable: true)
            { Anywhere = true },
    ];
}
