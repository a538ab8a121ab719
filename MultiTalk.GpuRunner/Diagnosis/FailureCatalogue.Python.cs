namespace MultiTalk.GpuRunner.Diagnosis;

/// <content>The interpreter and the packages.</content>
public static partial class FailureCatalogue
{
    private static IEnumerable<FailureEntry> OfPython =>
    [
        Package("misaki_missing", @"No module named 'misaki", "The package misaki is missing.",
            "The script imports it at its start even where no text is spoken.", PackagePins.Install("misaki")),
        Package("python_too_new", @"cannot import name 'ArgSpec'", "The runner's Python is too new.",
            "The script imports inspect.ArgSpec, which Python 3.11 removed.", "install Python 3.10 with the packages of the README and set Runner:Python to it"),
        Package("flash_attn_broken", @"flash_attn\S*: undefined symbol|Requires Flash-Attention version", "flash-attn does not fit the runner's torch.",
            "Its compiled part was built for another torch or another C++ ABI.", $"install the wheel for torch 2.4 and cxx11abi FALSE, or build it there ({PackagePins.Install("flash-attn")} --no-deps --force-reinstall)"),
        Package("flash_attn_missing", @"assert FLASH_ATTN_2_AVAILABLE|ModuleNotFoundError: No module named 'flash_attn'", "flash-attn is missing.",
            "The script starts without it and then fails at the first picture; xformers does not replace it.", PackagePins.Install("flash-attn")) with { Anywhere = true },
        Package("transformers_needs_newer_torch", @"require users to upgrade torch to at least v2\.6", "transformers refuses to read a model file with this torch.",
            "Versions after 4.49 read files that end in .bin only with torch 2.6, for safety, and MultiTalk runs on torch 2.4.1.", PackagePins.Install("transformers") + ", and put model.safetensors of chinese-wav2vec2-base (its branch refs/pr/1) on the volume"),
        Package("transformers_too_new", @"output_attentions.{0,40} not supported|does not support .?output_attentions", "transformers is too new.",
            "Versions after 4.49 compute attention in a way that cannot tell what the part of the script that listens to the voice asks for.", PackagePins.Install("transformers")),
        Package("xfuser_too_new", @"No module named 'torch\.distributed\.tensor\.experimental'", "xfuser is too new.",
            "From 0.4.5 on it needs a part of torch that 2.4.1 does not have.", PackagePins.Install("xfuser")),
        Package("xfuser_incomplete", @"No module named '(?:yunchang|distvae)", "xfuser was installed without what it needs.",
            "It imports yunchang and distvae at its start.", "pip install --no-deps yunchang distvae"),
        Package("numpy_mismatch", @"numpy\.dtype size changed|Numba needs NumPy|compiled using NumPy 1\.x cannot be run|numpy\.core\.multiarray failed to import|No module named 'numpy\._core", "numpy does not fit the packages that were built for it.",
            "numpy 2, or two versions of it one over the other.", $"{PackagePins.Install("numpy")}, then {PackagePins.Install("numba")} and what else doctor names"),
        Package("torchvision_mismatch", @"compiled with different CUDA major versions|operator torchvision::nms does not exist", "torch and torchvision do not fit each other.",
            "They come from different indexes, for different versions of CUDA.", PackagePins.Install("torch")),
        Package("diffusers_too_old", @"cannot import name 'cached_download'", "diffusers is too old.",
            "It imports cached_download, which huggingface_hub removed.", PackagePins.Install("diffusers")),
        Package("compiler_missing", @"Failed to find C compiler|No such file or directory: '[^']*\b(?:gcc|cc|clang)'|Python\.h: No such file or directory", "The runner has no C compiler, or no headers of Python.",
            "Triton compiles a small part of itself at the first step of sampling.", "install them (Debian and Ubuntu: apt-get install gcc libc6-dev python3.10-dev)") with { Anywhere = true },
        Package("user_without_name", @"getpwuid\(\): uid not found", "The runner's user has no name.",
            "torch names a directory of its cache after the user, and this user id is not in /etc/passwd.", "set USER, HOME and TORCHINDUCTOR_CACHE_DIR in the container's environment, or give the user an entry in /etc/passwd"),
        Package("numba_cache_not_writable", @"no locator available for file", "numba cannot write its cache.",
            "librosa, which reads the voices, is compiled at its first use.", "set NUMBA_CACHE_DIR to a directory that the runner's user can write"),
        Package("speech_data_missing", @"Can't find model 'en_core_web_sm'|No compatible package found for 'en_core_web_sm'|host='raw\.githubusercontent\.com'|espeak-ng-data/phontab", "The data for spoken text is missing.",
            "misaki reads English with spaCy's en_core_web_sm, which it would download in the first job, and with the data of espeak-ng.", "install en_core_web_sm and espeak-ng; doctor names the commands") with { Anywhere = true },
        // The script writes nothing of itself, but the last ffmpeg tells that it got to its end.
        Package("log_hidden", @"^Output #0, mp4, to 'output\.mp4'", "The script hid its log.",
            "It seems to have done its work, but said nothing of it, so whether the video is whole is not known. The package sageattention does that.", "pip uninstall sageattention") with { Anywhere = true, When = (exitCode, _, log) => exitCode == 0 && !log.Spoke },
        Package("xformers_mismatch", @"No operator found for .memory_efficient_attention", "xformers does not fit the runner's torch.",
            "Its compiled part was built for another torch, and without it every attention fails.", PackagePins.Install("xformers")) with { Anywhere = true },
    ];

    // An environment belongs to one runner; another may have a better one.
    private static FailureEntry Package(string code, string pattern, string title, string cause, string remedy) =>
        new(code, Line(pattern), title, cause, $"The runner's operator: {remedy}. Then run doctor there, which checks all the rest.", Retryable: true);
}
