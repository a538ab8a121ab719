namespace MultiTalk.GpuRunner.Execution;

/// <summary>The parts of a run in which the script is silent for different times (docs/contract.md, "Life of a run").</summary>
public enum Stretch
{
    /// <summary>Inputs are read and the model is loaded.</summary>
    Loading,

    /// <summary>From the prompt to the first step of all, which compiles kernels.</summary>
    FirstStep,

    /// <summary>One step of sampling.</summary>
    Step,

    /// <summary>From the last step of a segment to the first bar of the next, or to saving: it is decoded.</summary>
    BetweenSegments,

    /// <summary>Frames are encoded and joined with the sound, and the process ends.</summary>
    Saving,
}
