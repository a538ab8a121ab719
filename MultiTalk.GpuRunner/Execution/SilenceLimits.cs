namespace MultiTalk.GpuRunner.Execution;

/// <summary>How long a run may go without a sign of life before it counts as hanging, section <c>Runner:Silence</c>.</summary>
public sealed class SilenceLimits
{
    /// <summary>While the model is loaded.</summary>
    public TimeSpan Loading { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Until the first step is done.</summary>
    public TimeSpan FirstStep { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>For every other step.</summary>
    public TimeSpan Step { get; set; } = TimeSpan.FromMinutes(45);

    /// <summary>From the end of a segment to the next, or to saving.</summary>
    public TimeSpan BetweenSegments { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>While the video is saved, and until the script has ended.</summary>
    public TimeSpan Saving { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The limit of a stretch.</summary>
    public TimeSpan Of(Stretch stretch) => stretch switch
    {
        Stretch.Loading => Loading,
        Stretch.FirstStep => FirstStep,
        Stretch.Step => Step,
        Stretch.BetweenSegments => BetweenSegments,
        Stretch.Saving => Saving,
        _ => throw new ArgumentOutOfRangeException(nameof(stretch), stretch, "No such stretch."),
    };
}
