using System.ComponentModel.DataAnnotations;

namespace MultiTalk.GpuRunner;

/// <summary>The settings of a runner, section <c>Runner</c> (environment: <c>Runner__Web</c> and so on).</summary>
public sealed class RunnerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Runner";

    /// <summary>Address of the Web; service discovery names work. Needed by <c>worker</c> only.</summary>
    public Uri? Web { get; set; }

    /// <summary>The bearer token of the runner protocol. Needed by <c>worker</c> only.</summary>
    public string? Token { get; set; }

    /// <summary>What people call this runner.</summary>
    [Required]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary><c>preview</c> or <c>multitalk</c>.</summary>
    [Required, AllowedValues(Generation.Engine.Preview, Generation.Engine.MultiTalk, ErrorMessage = "Runner:Engine is preview or multitalk. Set one of them.")]
    public string Engine { get; set; } = Generation.Engine.Preview;

    /// <summary>
    /// The directory with <c>generate_multitalk.py</c>: the upstream checkout for the engine <c>multitalk</c>, which must be set;
    /// for <c>preview</c> the stand-in that travels with this program unless set.
    /// </summary>
    public string? Checkout { get; set; }

    /// <summary>The model volume, with Colab's folder names or the short ones; it is only read. The engine <c>multitalk</c> needs it.</summary>
    public string? Models { get; set; }

    /// <summary>The Python interpreter.</summary>
    [Required]
    public string Python { get; set; } = "python3";

    /// <summary>Where workspaces are made; also keeps the runner's identity.</summary>
    [Required]
    public string Workspaces { get; set; } = Path.Combine(Environment.GetEnvironmentVariable("MULTITALK_DATA") ?? "data", "workspaces");

    /// <summary>Where the script is: <see cref="Checkout"/>, or the preview's own place; empty if the engine needs one that is not set.</summary>
    internal string CheckoutDirectory => Checkout ?? (Engine == Generation.Engine.Preview ? Path.Combine(AppContext.BaseDirectory, "python", "preview") : "");

    /// <summary>Time between two heartbeats.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a runner that can do nothing waits before it looks whether it still cannot.</summary>
    public TimeSpan ExamineAgain { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a call of an attempt is repeated, from its first failure on, while the Web gives no proper answer.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a run may be silent.</summary>
    public Execution.SilenceLimits Silence { get; set; } = new();

    /// <summary>How long the workspace of a failed attempt is kept, to be looked at and run again by hand.</summary>
    public TimeSpan KeepFailures { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long the script's process tree may take to end after SIGTERM before it is killed.</summary>
    public TimeSpan KillAfter { get; set; } = TimeSpan.FromSeconds(3);
}
