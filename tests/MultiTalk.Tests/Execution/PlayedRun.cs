using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

/// <summary>What came of a script that was played as a process, through everything that a real one goes through.</summary>
/// <param name="Progress">What was told of its progress.</param>
/// <param name="Lines">The log lines.</param>
/// <param name="Video">The verified video; null for a failure.</param>
/// <param name="Error">Why it failed; null for a success.</param>
internal sealed record PlayedRun(IReadOnlyList<GenerationProgress> Progress, IReadOnlyList<string> Lines, VideoFacts? Video, JobError? Error)
{
    /// <summary>The number of frames, or the code of the failure.</summary>
    public string Outcome => Error?.Code ?? FormattableString.Invariant($"{Video!.Frames} frames");

    /// <summary>The failure without the lines, whose order may differ.</summary>
    public JobError? Diagnosis => Error is null ? null : Error with { Lines = [] };

    /// <summary>Plays a script.</summary>
    /// <param name="script">The script; it is disposed of.</param>
    /// <param name="plan">What it was planned to do.</param>
    /// <param name="options">Settings of the runner, but for its directories.</param>
    /// <param name="listener">Hears what is said meanwhile.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public static async Task<PlayedRun> OfAsync(
        PlayedScript script, GenerationPlan plan, RunnerOptions? options = null, Listener? listener = null, CancellationToken? cancellationToken = null)
    {
        using var directory = new TempDirectory();
        using var played = script;
        options ??= new();
        listener ??= new();
        options.Checkout = played.Path;
        options.Workspaces = directory["workspaces"];
        var attempt = new Attempt("job", 1, "A woman talks", plan, (name, target, token) => Task.Run(() => Copy(name, target), token));
        try
        {
            using var video = await new GenerationExecutor(options, TimeProvider.System)
                .ExecuteAsync(attempt, listener, listener, cancellationToken ?? TestContext.Current.CancellationToken);
            return new(listener.Progress, listener.Lines, video.Facts, null);
        }
        catch (GenerationFailedException exception)
        {
            return new(listener.Progress, listener.Lines, null, exception.Error);
        }
    }

    private static void Copy(string name, string target) => File.Copy(Samples.Path(name == ColabLayout.Picture ? "portrait.png" : "voice.wav"), target);
}
