using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>
/// Examines a machine before GPU time is spent: is it as Colab is, and which jobs can it be given? It needs no GPU, no Python
/// and no model to say so, never waits for what hangs, and leaves nothing behind.
/// </summary>
/// <param name="options">The settings of the runner.</param>
/// <param name="machine">Usually <see cref="Machine.This"/>.</param>
public sealed class Doctor(RunnerOptions options, Machine machine)
{
    /// <summary>Examines the machine. It never throws because of what it finds.</summary>
    /// <exception cref="OperationCanceledException">It was canceled; what it had started is gone.</exception>
    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken)
    {
        var seen = await LookAsync(cancellationToken);
        Finding[] findings =
        [
            .. PythonProbes.Look(seen), .. PackagePins.Look(seen.Live), .. ImportProbes.Look(seen.Live, machine.ImportPatience), .. GpuProbes.Look(seen),
            .. HostProbes.Look(seen), .. CheckoutProbes.Look(seen), .. ModelProbes.Look(seen), .. PythonProbes.LookForSpeech(seen.Live),
        ];
        return new(ParityReport.Of(seen, findings), [.. findings.Select(finding => finding.Probe)], new()
        {
            Blockers = Blockers.Of(findings, options.Engine == Engine.Preview ? Stops.Preview : Stops.MultiTalk),
            Gpu = seen.Gpu.Facts,
            HostMemoryGb = seen.Memory.Gb,
            Models = Models(seen.Models, findings),
        });
    }

    private async Task<Examination> LookAsync(CancellationToken cancellationToken)
    {
        var smi = Graphics.AskSmiAsync(machine, cancellationToken);
        var programs = ProgramFacts.LookAsync(machine, cancellationToken);
        var checkout = BoundedAsync(() => CheckoutFacts.Look(options), new CheckoutFacts(options.CheckoutDirectory, false, false, ScriptArguments.Flags, CheckoutFacts.Packages));
        var disks = BoundedAsync(() => DiskFacts.Look(options, machine), DiskFacts.Unknown(options, machine));
        var models = BoundedAsync(() => ModelVolume.Inspect(options.Models), Silent(options.Models));
        try
        {
            var probe = new LiveProbe(options, machine, await models);
            var live = await BoundedAsync(() => probe.LookAsync(cancellationToken), probe.Patience, LiveProbe.Silent);
            return new(options, machine, live, Graphics.Combine(await smi, live.Imports?.Cuda), HostMemory.Read(machine), await programs, await disks, await checkout, await models);
        }
        finally
        {
            // Nothing may still run when this was canceled.
            await Task.WhenAll(smi, programs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<T> BoundedAsync<T>(Func<T> look, T otherwise) => BoundedAsync(() => Task.FromResult(look()), machine.Patience, otherwise);

    // A network disk that does not answer keeps its thread, but not us.
    private static async Task<T> BoundedAsync<T>(Func<Task<T>> look, TimeSpan patience, T otherwise)
    {
        try
        {
            return await Task.Run(look).WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            return otherwise;
        }
    }

    private static ModelReport Silent(string? root) => new()
    {
        Root = root,
        Folders = new Dictionary<string, string>(),
        Sets = [],
        Problems = [new("unreadable", root ?? "", $"The model volume {root} does not answer.", "See whether its disk or network share is well.") { Sets = [ModelSet.Bf16] }],
    };

    private static IReadOnlyList<string> Models(ModelReport models, Finding[] findings)
    {
        var speaks = findings.Where(finding => finding.Probe.Code.StartsWith("tts_", StringComparison.Ordinal)).All(finding => finding.Probe.Ok);
        return speaks ? [.. models.Sets, .. models.Voices.Select(ModelSet.Voice)] : [.. models.Sets.Where(set => set != ModelSet.Tts)];
    }
}
