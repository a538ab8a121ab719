using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Diagnosis;

public sealed class DoctorTests : IDisposable
{
    private const string Hang = "exec /bin/sleep 600";
    private const string Slice = "NVIDIA A100-SXM4-80GB MIG 3g.40gb";

    private readonly PlayedMachine _machine = new();

    [Fact]
    public async Task A_machine_that_is_as_colab_is_passes()
    {
        var report = await _machine.ExamineAsync();

        Assert.DoesNotContain(report.Probes, probe => !probe.Ok);
        Assert.DoesNotContain(report.Parity, check => !check.Ok);
        Assert.True(report.Ok);
        Assert.Empty(report.Abilities.Blockers);
        Assert.Equal(new GpuFacts("NVIDIA A100-SXM4-80GB", 80, 1, 8, "535.104.05"), report.Abilities.Gpu);
        Assert.Equal(200, report.Abilities.HostMemoryGb);
        Assert.Equal([ModelSet.Bf16], report.Abilities.Models);
        Assert.All(report.Probes, probe => Assert.Empty(probe.Remedy));
        Assert.Equal(Enumerable.Range(1, 9), report.Parity.Select(check => check.Number));
        Assert.False(Directory.Exists(_machine.Options.Workspaces));
    }

    [Theory]
    [InlineData("NVIDIA A100-SXM4-80GB, 81920, 535.104.05, 8.0", 80, 22e9)]
    [InlineData("NVIDIA A100-PCIE-40GB, 40536, 525.60.13, 8.0", 40, 11e9)]
    [InlineData("NVIDIA GeForce RTX 4090, 24564, 550.54.14, 8.9", 24, 4e9)]
    [InlineData("NVIDIA L4, 23034, 535.183.01, 8.9", 24, 5e9)]
    [InlineData("NVIDIA L40S, 46068, 550.90.07, 8.9", 48, 16e9)]
    [InlineData("NVIDIA H100 80GB HBM3, 81559, 580.159.04, 9.0", 80, 22e9)]
    [InlineData("NVIDIA H200, 143771, 570.86.15, 9.0", 141, 22e9)]
    public async Task A_card_that_will_do_is_planned_for(string card, double memory, double persistent)
    {
        _machine.GiveCard(card);
        var report = await _machine.ExamineAsync();

        Assert.True(report.Ok);
        Assert.Equal(memory, report.Abilities.Gpu!.MemoryGb);
        var plan = PlanFor(report);
        Assert.Equal((long)persistent, plan.PersistentParameters);
        Assert.Null(JobNeeds.Of(plan).LackingIn(report.Abilities));
    }

    [Theory]
    [InlineData("Tesla T4, 15360, 535.104.05, 7.5", "gpu_compute")]
    [InlineData("NVIDIA GeForce RTX 3080, 10240, 535.104.05, 8.6", "gpu_memory")]
    [InlineData("NVIDIA A100-SXM4-80GB, 81920, 470.199.02, 8.0", "gpu_driver")]
    [InlineData("NVIDIA A100-SXM4-80GB, 81920, 525.60.12, 8.0", "gpu_driver")]
    public async Task A_card_that_will_not_do_is_refused(string card, string code)
    {
        _machine.GiveCard(card);
        var report = await _machine.ExamineAsync();

        AssertFailed(report, code);
        var blocker = Assert.Single(report.Abilities.Blockers);
        Assert.EndsWith(report.Probes.Single(probe => probe.Code == code).Remedy, blocker, StringComparison.Ordinal);
        Assert.NotNull(JobNeeds.Of(PlanFor(report)).LackingIn(report.Abilities));
    }

    [Fact]
    public async Task A_slice_of_a_card_is_what_a_job_sees()
    {
        _machine.GiveCard($"{Slice}, 40192, 535.104.05, 8.0");
        // Its own tool shows the whole card, whose memory it does not tell.
        _machine.SetProgram("nvidia-smi", "echo 'NVIDIA A100-SXM4-80GB, [N/A], 535.104.05, [N/A]'");
        var report = await _machine.ExamineAsync();

        Assert.True(report.Ok);
        Assert.Equal(new GpuFacts(Slice, 40, 1, 8, "535.104.05"), report.Abilities.Gpu);
    }

    [Fact]
    public async Task Several_cards_are_as_good_as_the_least()
    {
        _machine.SetProgram("nvidia-smi", "echo 'NVIDIA L40S, 46068, 550.90.07, 8.9'; echo; echo 'NVIDIA RTX A6000, Ada, 49140, 550.90.07, 8.6'");
        _machine.Cuda["devices"]!.AsArray().Clear();
        var report = await _machine.ExamineAsync();

        Assert.Equal(new GpuFacts("NVIDIA L40S", 48, 2, 8.6, "550.90.07"), report.Abilities.Gpu);
        AssertFailed(report, "gpu_cuda", "host_torchrun");
    }

    [Theory]
    [InlineData(null, "there is no nvidia-smi")]
    [InlineData("echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9", "exit code 9: NVIDIA-SMI has failed")]
    [InlineData("echo 'No devices were found'", "names no card")]
    [InlineData("echo 'a, b'; printf '\\377\\376, , ,\\n'", "names no card")]
    [InlineData(Hang, "hangs: it gave no answer in 2 s")]
    public async Task Without_a_card_it_is_said_why(string? smi, string reason)
    {
        _machine.TakeCard();
        _machine.SetProgram("nvidia-smi", smi);
        var report = await _machine.ExamineAsync(smi == Hang ? TimeSpan.FromSeconds(2) : null);

        Assert.Null(report.Abilities.Gpu);
        Assert.Contains(reason, report.Probes.Single(probe => probe.Code == "gpu").Here, StringComparison.Ordinal);
        Assert.StartsWith("graphics card: none", Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_of_64_gb_is_given_the_quantized_model_only()
    {
        _machine.SetMemory(67.2e9);
        var report = await _machine.ExamineAsync();
        AssertFailed(report, "host_memory");
        Assert.StartsWith("memory: 67.2 GB", Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);

        _machine.Volume.AddQuantized();
        report = await _machine.ExamineAsync();
        AssertFailed(report, "host_memory");
        Assert.Empty(report.Abilities.Blockers);
        Assert.Equal("96 GB of memory", JobNeeds.Of(PlanFor(report)).LackingIn(report.Abilities));
        Assert.Null(JobNeeds.Of(PlanFor(report, new() { Preset = Preset.LowMemory })).LackingIn(report.Abilities));
    }

    [Theory]
    [InlineData("0::/docker/abc/child\n", "docker/memory.max", "34359738368", 34.4)]
    [InlineData("0::/docker/abc\n", "memory.max", "34359738368", 34.4)]
    [InlineData("0::/../..\n", "memory.max", "max", 200)]
    [InlineData("12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n", "memory/docker/abc/memory.limit_in_bytes", "34359738368", 34.4)]
    [InlineData("4:memory:/docker/abc\n", "memory/docker/abc/memory.limit_in_bytes", "1152921504606846977", 200)]
    [InlineData("4:memory:/elsewhere\n", "memory/memory.limit_in_bytes", "34359738368", 34.4)]
    [InlineData("4:memory:/docker/abc\n", "memory/docker/abc/memory.limit_in_bytes", "9223372036854771712", 200)]
    [InlineData("garbage\n::\n0::/x\n", "x/memory.max", "many", 200)]
    public async Task A_container_has_what_its_groups_let_it(string groups, string file, string limit, double memory)
    {
        _machine.Write("proc/self/cgroup", groups);
        _machine.Write($"cgroup/{file}", limit + "\n");
        var report = await _machine.ExamineAsync();

        Assert.Equal(memory, report.Abilities.HostMemoryGb);
        Assert.Equal(memory == 200, report.Ok);
        if (memory < 200)
            Assert.Contains("the container's limit (the machine has 200 GB)", Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spoken_text_needs_more_than_the_rest()
    {
        _machine.Volume.AddKokoro();
        var models = (await _machine.ExamineAsync()).Abilities.Models;
        Assert.Equal([ModelSet.Bf16, ModelSet.Tts], models.Take(2));
        Assert.Contains(ModelSet.Voice("voice7"), models);

        _machine.Facts["modules"]!["en_core_web_sm"] = null;
        var report = await _machine.ExamineAsync();
        AssertFailed(report, "tts_spacy");
        Assert.Equal([ModelSet.Bf16], report.Abilities.Models);
        Assert.Empty(report.Abilities.Blockers);
    }

    [Fact]
    public async Task A_runner_of_the_real_engine_never_runs_the_stand_in()
    {
        _machine.Options.Checkout = Path.Combine(AppContext.BaseDirectory, "python", "preview");
        var report = await _machine.ExamineAsync();

        AssertFailed(report, "checkout_script", "checkout_packages");
        Assert.Contains("the preview's stand-in", report.Abilities.Blockers[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nowhere")]
    public async Task Without_a_script_there_is_nothing_to_run(string? checkout)
    {
        _machine.Options.Checkout = checkout;
        Assert.Contains("generate_multitalk.py", (await _machine.ExamineAsync()).Abilities.Blockers[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_needs_little()
    {
        _machine.Options.Engine = Engine.Preview;
        _machine.Options.Checkout = null;
        _machine.Options.Models = null;
        _machine.TakeCard();
        _machine.SetMemory(8e9);
        _machine.Facts["version"] = "3.13.0";
        _machine.Imports.Clear();
        _machine.FreeBytes = 1_000_000_000;
        var report = await _machine.ExamineAsync();
        Assert.Empty(report.Abilities.Blockers);
        Assert.False(report.Ok);

        _machine.SetProgram("ffmpeg", "echo ' A....D aac   AAC'");
        _machine.FreeBytes = 100_000_000;
        Assert.Equal(["room for workspaces", "ffmpeg"], (await _machine.ExamineAsync()).Abilities.Blockers.Select(blocker => blocker.Split(':')[0]));
    }

    [Fact]
    public async Task Without_any_program_everything_else_is_still_told()
    {
        _machine.TakeCard();
        foreach (var program in new[] { "python3", "ffmpeg", "ffprobe" })
            _machine.SetProgram(program, null);
        var report = await _machine.ExamineAsync();

        Assert.Equal(Enumerable.Range(1, 9), report.Parity.Select(check => check.Number));
        Assert.All(report.Parity, check => Assert.True(!check.Ok && check.Remedy.Length > 0));
        Assert.Equal(["Python", "graphics card", "ffmpeg", "ffprobe"], report.Abilities.Blockers.Select(blocker => blocker.Split(':')[0]));
        Assert.Contains("there is no program python3", report.Abilities.Blockers[0], StringComparison.Ordinal);
        Assert.Equal([ModelSet.Bf16], report.Abilities.Models);
    }

    [Theory]
    [InlineData("echo 'Python 3.10'", "answers what no Python answers: Python 3.10")]
    [InlineData("echo '{\"version\": 3}'", "answers what no Python answers")]
    [InlineData(":", "says nothing")]
    [InlineData("echo 'cannot start' >&2; exit 3", "ended with exit code 3: cannot start")]
    [InlineData("kill -SEGV $$", "ended with exit code 139")]
    [InlineData(Hang, "hangs")]
    public async Task A_python_that_is_none_is_told_so(string script, string reason)
    {
        _machine.SetProgram("python3", script);
        var report = await _machine.ExamineAsync(script == Hang ? TimeSpan.FromSeconds(2) : null);
        Assert.Contains(reason, Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_machine.Options.Workspaces));
    }

    [Theory]
    [InlineData("9223372036854771712", 0)]
    [InlineData("34359738368", 34.4)]
    public async Task Memory_that_cannot_be_read_is_none(string limit, double memory)
    {
        _machine.SetMemory(0);
        _machine.Write("cgroup/memory/memory.limit_in_bytes", limit);
        Assert.Equal(memory, (await _machine.ExamineAsync()).Abilities.HostMemoryGb);
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_no_program()
    {
        File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(_machine.PathOf("earlier")).FullName, "ffmpeg"), "/nowhere");
        _machine.EarlierPath = _machine.PathOf("earlier");
        Assert.True((await _machine.ExamineAsync()).Ok);

        _machine.Options.Python = _machine.PathOf("earlier/ffmpeg");
        var blocker = Assert.Single((await _machine.ExamineAsync()).Abilities.Blockers);
        Assert.Contains($"there is no program {_machine.Options.Python}", blocker, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imports_that_fail_together_say_nothing_of_packages()
    {
        const string Remedy = "The step that tries all imports ended with exit code 3: out of memory. Run doctor again; if it happens again, report it with doctor --json.";
        _machine.SetProgram("python3", """case $6 in facts) read -r line < "${0%/*}/../facts.json"; printf '%s%s%s\n' "${line%%@HERE@*}" "$PWD" "${line#*@HERE@}" ;; *) echo 'out of memory' >&2; exit 3 ;; esac""");
        var report = await _machine.ExamineAsync();

        var failed = report.Probes.Where(probe => !probe.Ok).ToList();
        Assert.Equal(report.Probes.Where(probe => probe.Code.StartsWith("import_", StringComparison.Ordinal) || probe.Code == "gpu_cuda"), failed);
        Assert.Equal(Remedy, Assert.Single(failed.Select(probe => probe.Remedy).Distinct()));
        Assert.EndsWith(Remedy, Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);
        Assert.Contains("exit code 3", report.Parity[8].Here, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_volume_without_the_full_model_is_told_what_fetches_it()
    {
        _machine.Volume.AddQuantized();
        foreach (var shard in Directory.GetFiles(_machine.Volume.FolderOf(ColabLayout.BaseModel), "diffusion_pytorch_model*"))
            File.Delete(shard);
        File.Delete(_machine.Volume.PathOf(ColabLayout.BaseModel, "models_t5_umt5-xxl-enc-bf16.pth"));
        var remedies = (await _machine.ExamineAsync()).Probes.Where(probe => probe.Code.StartsWith("model_", StringComparison.Ordinal)).Select(probe => probe.Remedy);
        Assert.All(remedies, remedy => Assert.DoesNotContain("models ", remedy, StringComparison.Ordinal));
        Assert.Contains(remedies, remedy => remedy.Contains("huggingface-cli download Wan-AI/Wan2.1-I2V-14B-480P", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workspaces_that_cannot_be_made_hide_nothing_else()
    {
        _machine.Write("file", "");
        _machine.Options.Workspaces = _machine.PathOf("file");
        var report = await _machine.ExamineAsync();

        AssertFailed(report, "host_workspaces");
        Assert.Equal([9], report.Parity.Where(check => !check.Ok).Select(check => check.Number));
        Assert.StartsWith("workspaces:", Assert.Single(report.Abilities.Blockers), StringComparison.Ordinal);
    }

    public void Dispose() => _machine.Dispose();

    private static void AssertFailed(DoctorReport report, params string[] codes)
    {
        Assert.Equal(codes.Order(StringComparer.Ordinal), report.Probes.Where(probe => !probe.Ok).Select(probe => probe.Code).Order(StringComparer.Ordinal));
        Assert.All(report.Probes.Where(probe => !probe.Ok), probe => Assert.NotEmpty(probe.Remedy));
    }

    private static GenerationPlan PlanFor(DoctorReport report, GenerationOptions? options = null) =>
        Planner.Plan(new("A woman talks", new(640, 640), [new(new VoiceFacts(160_000))], options ?? new()), Engine.MultiTalk, report.Abilities);
}
