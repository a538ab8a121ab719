using System.Runtime.CompilerServices;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

/// <summary>Requests, plans and refusals in few words.</summary>
internal static class Planning
{
    public static PictureFacts Square { get; } = new(1000, 1000);

    /// <summary>A person who says nothing.</summary>
    public static SpeakerRequest Silent { get; } = new();

    /// <summary>A person with a recording, and silence at its end if its speech is shorter.</summary>
    public static SpeakerRequest Voice(double seconds, double? speech = null) =>
        new(new VoiceFacts(Samples(seconds), Samples(speech ?? seconds)));

    /// <summary>A person with a recording of so many frames.</summary>
    public static SpeakerRequest VoiceOf(int frames) => new(new VoiceFacts(Segmentation.Samples(frames)));

    public static long Samples(double seconds) => (long)Math.Round(seconds * VoiceFacts.SampleRate);

    public static GenerationRequest Request(GenerationOptions? options, params SpeakerRequest[] speakers) =>
        new("A woman talks to the camera", Square, speakers, options ?? new());

    public static GenerationPlan Plan(params SpeakerRequest[] speakers) => Plan(null, speakers);

    [OverloadResolutionPriority(1)]
    public static GenerationPlan Plan(GenerationOptions? options, params SpeakerRequest[] speakers) => Plan(Request(options, speakers));

    public static GenerationPlan Plan(GenerationRequest request, RunnerAbilities? runner = null) => Planner.Plan(request, Engine.MultiTalk, runner);

    /// <summary>Why a request is refused; nothing if it is planned.</summary>
    public static IReadOnlyList<RequestProblem> Problems(GenerationRequest request)
    {
        try
        {
            Plan(request);
            return [];
        }
        catch (InvalidRequestException exception)
        {
            return exception.Problems;
        }
    }

    /// <summary>The codes of these reasons.</summary>
    [OverloadResolutionPriority(1)]
    public static IEnumerable<string> Codes(GenerationOptions? options, params SpeakerRequest[] speakers) => Codes(Request(options, speakers));

    /// <summary>The codes of these reasons.</summary>
    public static IEnumerable<string> Codes(GenerationRequest request) => Problems(request).Select(problem => problem.Code);

    /// <summary>Length of the recording that each speaker gets.</summary>
    public static IEnumerable<long?> Recordings(this GenerationPlan plan) => plan.Speakers.Select(speaker => speaker.Samples);

    /// <summary>What follows a flag in the argument list.</summary>
    public static string Argument(this GenerationPlan plan, string flag) => plan.Arguments[plan.Arguments.ToList().IndexOf(flag) + 1];

    /// <summary>What upstream does with the plan.</summary>
    public static UpstreamLoop Upstream(this GenerationPlan plan) =>
        plan.Mode == GenerationMode.Clip
            ? UpstreamLoop.Clip(plan.AudioFrames, plan.FrameNum, plan.MotionFrame)
            : UpstreamLoop.Streaming(plan.AudioFrames, plan.FrameNum, plan.MotionFrame);

    /// <summary>A runner with everything.</summary>
    public static RunnerAbilities Runner(string card, double gb, int cards = 1) => new()
    {
        Blockers = [],
        Gpu = new(card, gb, cards),
        HostMemoryGb = 128,
        Models = [ModelSet.Bf16, ModelSet.Int8, ModelSet.Int8FusionX, ModelSet.Tts, ModelSet.Lora(Preset.FusionX), ModelSet.Lora(Preset.LightX2V)],
    };
}
