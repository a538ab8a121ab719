using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

/// <summary>Says to a reader what the script says, at times that a test chooses.</summary>
internal sealed class Script
{
    private readonly FakeTimeProvider _time = new();

    public Script(GenerationPlan plan, IReadOnlyList<Measurement>? measurements = null)
    {
        Reader = new(plan, Listener, Listener, _time, measurements);
        Reader.Enter(Phase.Preparing);
        Reader.Enter(Phase.Loading);
    }

    public Listener Listener { get; } = new();

    public ProgressReader Reader { get; set; }

    public GenerationProgress Now => Listener.Progress[^1];

    /// <summary>Seconds since the start.</summary>
    public double Seconds { get; private set; }

    /// <summary>A plan for the real model: 10 s of voice are five segments.</summary>
    public static GenerationPlan Plan(int steps = 20, bool teacache = false, long samples = 160_000) =>
        Planner.Plan(new("A woman talks", new(640, 640), [new(new VoiceFacts(samples))], new() { Steps = steps, UseTeacache = teacache, Seed = 1 }), Engine.MultiTalk);

    /// <summary>Lets time pass, and ticks every second of it.</summary>
    public void Wait(double seconds)
    {
        for (var left = seconds; left > 0; left--)
        {
            Pass(Math.Min(1, left));
            Reader.Tick();
        }
    }

    /// <summary>Lets time pass without a tick.</summary>
    public void Pass(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Seconds += seconds;
    }

    public void Say(string text, bool error = false) => Reader.Read(error, Encoding.UTF8.GetBytes(text));

    public void Log(string message) => Say($"[2026-11-22 15:54:58,952] INFO: {message}\n");

    public void Bar(int step, int steps) => Say(string.Create(CultureInfo.InvariantCulture, $"\r{step * 100 / steps,3}%|█▎        | {step}/{steps} [00:09<01:08,  9.76s/it]"), error: true);
}
