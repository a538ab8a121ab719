using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>What the probe sees of a real interpreter.</summary>
public sealed class PythonProbeTests : IDisposable
{
    private readonly StubPackages _packages = new();

    [Fact]
    public async Task One_package_hides_no_other_however_it_fails()
    {
        _packages.Module("torch/__init__", "__version__ = '2.4.1+cu121'");
        _packages.Module("torch/nn/utils", "weight_norm = 1");
        _packages.Module("flash_attn", "raise ImportError('/lib/flash_attn_2_cuda.so: undefined symbol: _ZN3c104')");
        _packages.Module("librosa", "import os; os.abort()");
        _packages.Module("einops", "import time; time.sleep(600)");
        _packages.Module("soundfile", "import sys; sys.exit('bye')");
        _packages.Module("ftfy", "import os; os._exit(3)");
        _packages.Module("regex", "import os; os.closerange(3, 100); os.write(1, b'{}'); print('{')");
        _packages.Module("xfuser/core/distributed", "import yunchang");
        _packages.Module("tqdm", "from tqdm_of_old import tqdm");
        _packages.Module("easydict", "");
        _packages.Module("imageio", "raise ValueError('many\\nlines\\udcff ' + 'x' * 100_000)");
        var report = await _packages.ExamineAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("2.4.1+cu121", Here(report, "import_torch"));
        Assert.True(Find(report, "import_torch_nn_utils").Ok);
        Assert.Equal("ModuleNotFoundError: No module named 'torch.distributed'", Here(report, "import_torch_distributed"));
        Assert.Equal("ImportError: /lib/flash_attn_2_cuda.so: undefined symbol: _ZN3c104", Here(report, "import_flash_attn"));
        Assert.Equal("crashes: SIGABRT", Here(report, "import_librosa"));
        Assert.Equal("hangs: the import did not end within 2 s", Here(report, "import_einops"));
        Assert.Equal("ends the interpreter: sys.exit(bye)", Here(report, "import_soundfile"));
        Assert.Equal("ends the interpreter with exit code 3", Here(report, "import_ftfy"));
        Assert.False(Find(report, "import_regex").Ok);
        Assert.Equal("It needs yunchang: pip install --no-deps yunchang", Find(report, "import_xfuser_core_distributed").Remedy);
        Assert.Equal("It needs tqdm_of_old: pip install tqdm_of_old", Find(report, "import_tqdm").Remedy);
        Assert.Equal("ImportError: cannot import name 'EasyDict' from 'easydict'", Here(report, "import_easydict"));
        Assert.StartsWith("ValueError: many lines\\udcff xxx", Here(report, "import_imageio"), StringComparison.Ordinal);
        Assert.InRange(Here(report, "import_imageio").Length, 400, 600);
        Assert.Equal("not installed", Here(report, "import_misaki"));
        Assert.False(report.Parity[4].Ok);
        Assert.True(report.Parity[8].Ok);
    }

    [Theory]
    [InlineData("import os; os.abort()", "crashes: SIGABRT")]
    [InlineData("import time; time.sleep(600)", "hangs: the import did not end within 2 s")]
    [InlineData("raise OSError('libcudnn.so.9: cannot open')", "OSError: libcudnn.so.9: cannot open")]
    public async Task The_others_are_imported_even_where_torch_cannot_be(string torch, string here)
    {
        _packages.Module("torch", torch);
        _packages.Module("einops", "rearrange = repeat = 1");
        _packages.Module("librosa", "import os; os.abort()");
        var report = await _packages.ExamineAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(here, Here(report, "import_torch"));
        Assert.True(Find(report, "import_einops").Ok);
        Assert.Equal("crashes: SIGABRT", Here(report, "import_librosa"));
    }

    [Fact]
    public async Task What_cannot_be_killed_is_left_behind()
    {
        // As if it slept in a driver's call; the launcher ends it by its group.
        _packages.Module("sitecustomize", "import os; os.kill = lambda *_: None");
        _packages.Module("torch", "");
        _packages.Module("einops", "import signal, time; signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(600)");
        _packages.Module("ftfy", "import signal; signal.raise_signal(40)");
        _packages.Module("regex", "");
        var report = await _packages.ExamineAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("hangs: the import did not end within 2 s", Here(report, "import_einops"));
        Assert.Equal("crashes: signal 40", Here(report, "import_ftfy"));
        Assert.True(Find(report, "import_regex").Ok);
        Assert.True(report.Parity[8].Ok);
    }

    [Fact]
    public async Task A_finder_that_fails_finds_nothing()
    {
        _packages.Module("sitecustomize", """
            import sys
            class Finder:
                def find_spec(name, *_):
                    if name == "sageattention": raise ValueError("sageattention.__spec__ is None")
            sys.meta_path.insert(0, Finder)
            """);
        Assert.Equal("absent", Here(await _packages.ExamineAsync(), "python_sageattention"));
    }

    [Theory]
    [InlineData("cv2", "opencv-python")]
    [InlineData("yaml", "pyyaml")]
    [InlineData("PIL", "pillow")]
    [InlineData("skimage", "scikit-image")]
    [InlineData("attr", "attrs")]
    [InlineData("sklearn", "scikit-learn")]
    [InlineData("numba", "numba==0.59.1")]
    public async Task A_module_is_installed_by_the_name_that_pip_knows(string module, string package)
    {
        _packages.Module("librosa", $"raise ModuleNotFoundError('none', name='{module}')");
        Assert.Equal($"It needs {module}: pip install {package}", Find(await _packages.ExamineAsync(), "import_librosa").Remedy);
    }

    [Fact]
    public async Task Versions_are_read_without_an_import()
    {
        _packages.Distribution("torch", "2.4.1+cu121");
        _packages.Distribution("flash-attn", "2.7.4.post1");
        _packages.Distribution("xformers", "0.0.28.post1");
        _packages.Distribution("numpy", "1.25.0");
        _packages.Distribution("diffusers", "0.34.1");
        _packages.Distribution("tokenizers", "0.21");
        var report = await _packages.ExamineAsync();

        Assert.Equal(
            ["torch", "flash-attn", "numpy", "tokenizers", "CUDA of the torch packages"],
            report.Probes.Where(probe => probe.Ok && probe.Code.StartsWith("pin_", StringComparison.Ordinal)).Select(probe => probe.Name));
        Assert.Equal("0.0.28.post1", Here(report, "pin_xformers"));
    }

    [Fact]
    public async Task What_must_not_be_there_is_found_where_it_is()
    {
        _packages.Module("sageattention/__init__", "raise SystemExit");
        _packages.Module("src/__init__", "raise SystemExit");
        var report = await _packages.ExamineAsync();

        Assert.EndsWith("/packages/sageattention", Here(report, "python_sageattention"), StringComparison.Ordinal);
        Assert.EndsWith("/packages/src", Here(report, "checkout_src"), StringComparison.Ordinal);
        Assert.Equal("also PYTHONPATH", Here(report, "python_environment"));
        Assert.Equal("also set: PYTHONPATH", report.Parity[3].Here);
    }

    [Fact]
    public async Task Caches_are_looked_for_as_their_libraries_do()
    {
        _packages.Module("getpass", "def getuser(): raise KeyError('getpwuid(): uid not found: 12345')");
        _packages.Set("TRITON_CACHE_DIR", "/proc/triton");
        _packages.Set("HOME", "/proc/home");
        var report = await _packages.ExamineAsync();

        Assert.Equal("this user id has no name", Here(report, "python_user"));
        Assert.Equal("no directory: this user has no entry in the user database", Here(report, "cache_torchinductor"));
        Assert.StartsWith("/proc/triton: ", Here(report, "cache_triton"), StringComparison.Ordinal);
        Assert.StartsWith("/proc/home/.cache/numba: ", Here(report, "cache_numba"), StringComparison.Ordinal);
        Assert.True(Find(report, "cache_temporary").Ok);
    }

    [Fact]
    public async Task A_chatty_interpreter_is_understood()
    {
        _packages.Module("sitecustomize", "import sys; print('{\"hello\": 1}'); print('warning', file=sys.stderr)");
        Assert.True(Find(await _packages.ExamineAsync(), "python").Ok);
    }

    [Fact]
    public async Task Xformers_is_asked_for_what_it_only_warns_of()
    {
        _packages.Module("xformers/ops", "");
        _packages.Module("xformers/_cpp_lib", "_cpp_library_load_exception = OSError('built for torch 2.5')");
        _packages.Module("xformers/__init__", "from . import _cpp_lib");
        var report = await _packages.ExamineAsync();

        Assert.True(Find(report, "import_xformers_ops").Ok);
        Assert.Equal("OSError: built for torch 2.5", Here(report, "import_xformers_extensions"));
    }

    public void Dispose() => _packages.Dispose();

    private static Probe Find(DoctorReport report, string code) => report.Probes.Single(probe => probe.Code == code);

    private static string Here(DoctorReport report, string code) => Find(report, code).Here;
}
