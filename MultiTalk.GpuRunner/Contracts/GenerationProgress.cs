using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>What a running job is doing, in the order in which it does it.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Phase>))]
public enum Phase
{
    /// <summary>The workspace is made and the inputs are put in place.</summary>
    Preparing,

    /// <summary>The script reads its inputs and loads the model.</summary>
    Loading,

    /// <summary>A segment is sampled: a progress bar moves.</summary>
    Sampling,

    /// <summary>A finished segment is decoded: the script is silent.</summary>
    Decoding,

    /// <summary>The frames are encoded and joined with the sound.</summary>
    Saving,

    /// <summary>The result is compared with the plan.</summary>
    Verifying,

    /// <summary>The result is on its way to the media store.</summary>
    Uploading,
}

/// <summary>How far an attempt is.</summary>
/// <param name="Phase">What it does now.</param>
/// <param name="Percent">Of the whole attempt, 0 to 100; it never goes down.</param>
/// <param name="Segment">The segment in work, from 1; 0 before the first.</param>
/// <param name="Segments">How many segments the plan has.</param>
/// <param name="EtaSeconds">Seconds until the script ends, as far as can be told; null while nothing can.</param>
/// <param name="Step">Finished steps of the segment.</param>
/// <param name="QuietSeconds">For how long the script has shown nothing new; null unless that is 10 s or more.</param>
/// <param name="UsualSeconds">How long this part of a run usually takes on this runner; null if that is not known, or nothing is quiet.</param>
public sealed record GenerationProgress(
    Phase Phase, double Percent, int Segment, int Segments, double? EtaSeconds = null, int Step = 0, double? QuietSeconds = null, double? UsualSeconds = null);
