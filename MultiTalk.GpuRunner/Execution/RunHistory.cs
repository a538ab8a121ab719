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
            Measurements = [.. (JsonSerializer.Deserialize(File.ReadAllBytes(_path), ContractsJson.Default.IReadOnlyListMeasurement) ?? []).OfType<Measurement>().Where(run => run.Runs > 0 && run.Seconds.IsSound())];
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
    /// <param name="plan">What it did.</param>
    /// <param name="seconds">What its parts took; null if not all of them were seen, and then nothing is added.</param>
    public void Add(GenerationPlan plan, RunSeconds? seconds)
    {
        // Of a guess nothing can be told.
        if (plan.LengthIsGuess || seconds is null)
            return;
        var before = Estimator.MeasuredFor(plan, Measurements) ?? new(plan.Engine, plan.Gpus, seconds, 0, plan.Quant);
        var runs = before.Runs + 1;
        var now = before with { Seconds = before.Seconds.Towards(seconds, 1.0 / Math.Min(runs, Remembered)), Runs = runs };
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
