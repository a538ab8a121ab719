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
    [Required, AllowedValues(Generation.Engine.Preview)]
    public string Engine { get; set; } = Generation.Engine.Preview;

    /// <summary>The directory with <c>generate_multitalk.py</c>; the preview engine that travels with this program unless set.</summary>
    public string Checkout { get; set; } = Path.Combine(AppContext.BaseDirectory, "python", "preview");

    /// <summary>The Python interpreter.</summary>
    [Required]
    public string Python { get; set; } = "python3";

    /// <summary>Where workspaces are made; also keeps the runner's identity.</summary>
    [Required]
    public string Workspaces { get; set; } = Path.Combine(Environment.GetEnvironmentVariable("MULTITALK_DATA") ?? "data", "workspaces");

    /// <summary>Time between two heartbeats.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a call of an attempt is repeated, from its first failure on, while the Web gives no proper answer.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long the script's process tree may take to end after SIGTERM before it is killed.</summary>
    public TimeSpan KillAfter { get; set; } = TimeSpan.FromSeconds(3);
}
