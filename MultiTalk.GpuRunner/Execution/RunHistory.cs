using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>How fast this runner's own runs were, kept beside its workspaces: the basis of its estimates.</summary>
public sealed class RunHistory
{
    // So that a card that was exchanged, or a disk that got slower, shows after some runs.
    private const int Remembered = 8;

    private readonly string _path;

    /// <summary>Reads what earlier runs left; nothing if there is nothing, or it cannot be read.</summary>
    /// <param name="workspaces">Where workspaces are.</param>
    public RunHistory(string workspaces)
    {
        _path = Path.Combine(workspaces, "measurements.json");
        try
        {
            Measurements = [.. (JsonSerializer.Deserialize(File.ReadAllBytes(_path), ContractsJson.Default.IReadOnlyListMeasurement) ?? []).OfType<Measurement>()];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // It only makes estimates better, and the next run writes it anew.
            Measurements = [];
        }
    }

    /// <summary>One for each engine, quantization and number of cards that was in use.</summary>
    public IReadOnlyList<Measurement> Measurements { get; private set; }

    /// <summary>Adds a run that succeeded.</summary>
    public void Add(GenerationPlan plan, TimeSpan sampled, TimeSpan other)
    {
        // Of a guess, or of bars that nobody saw, nothing can be told.
        if (plan.LengthIsGuess || sampled <= TimeSpan.Zero)
            return;
        var before = Measurements.FirstOrDefault(run => Estimator.IsOf(run, plan)) ?? new(plan.Engine, plan.Gpus, 0, 0, 0, plan.Quant);
        var share = 1.0 / Math.Min(before.Runs + 1, Remembered);
        var now = before with
        {
            SecondsPerUnit = before.SecondsPerUnit + (share * ((sampled.TotalSeconds / Workload.Units(plan)) - before.SecondsPerUnit)),
            FixedSeconds = before.FixedSeconds + (share * (other.TotalSeconds - before.FixedSeconds)),
            Runs = before.Runs + 1,
        };
        Measurements = [now, .. Measurements.Where(run => run != before)];
        try
        {
            var part = _path + ".part";
            File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(Measurements, ContractsJson.Default.IReadOnlyListMeasurement));
            File.Move(part, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not fail a job that is done.
        }
    }
}
