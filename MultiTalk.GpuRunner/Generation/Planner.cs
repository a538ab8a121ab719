using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// Turns a request into a plan, or says everything that is wrong with it: the same for the command line, the API and the
/// studio. Pure but for the seed it draws.
/// </summary>
public static class Planner
{
    /// <summary>Longest prompt in characters; upstream's tokenizer cuts at 512 tokens without a word.</summary>
    public const int MaxPromptLength = 2_000;

    private const string TooSmall = "It cannot run on the";

    /// <summary>Plans a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="defaultEngine">The engine of a request that names none.</param>
    /// <param name="runner">Who will run it; null if that is not known yet.</param>
    /// <exception cref="InvalidRequestException">The request can never run as it stands.</exception>
    public static GenerationPlan Plan(GenerationRequest request, string defaultEngine, RunnerAbilities? runner = null)
    {
        var problems = new List<RequestProblem>();
        problems.AddRange(PromptProblems(request.Prompt));
        problems.AddRange(OptionProblems(request.Options));
        problems.AddRange(SpeakerRules.Check(request.Speakers, request.Options with { Engine = request.Options.Engine ?? defaultEngine }));
        ThrowIfAny(problems);

        var settings = Settings.Of(request.Options, defaultEngine);
        var crop = Crop.Of(request.Picture, settings.Size);
        problems.AddRange(BoxRules.Check(request.Speakers, request.Picture, crop));
        var script = SpeakerRules.Script(request.Speakers);
        var audioType = script is null ? AudioTypeOf(request) : null;
        var fit = script is null ? VoiceFit.Of(request.Speakers, audioType, settings, problems) : Spoken(script, request.Speakers, settings, problems);
        ThrowIfAny(problems);
        var plan = Build(request, settings, crop, fit!, audioType, script);
        return runner is null ? plan with { Estimate = Estimator.Of(plan, null) } : For(plan, runner);
    }

    /// <summary>The same plan with a seed that is drawn anew.</summary>
    public static GenerationPlan WithNewSeed(GenerationPlan plan)
    {
        var seed = DrawSeed();
        return plan with { Seed = seed, Arguments = ScriptArguments.WithSeed(plan.Arguments, seed) };
    }

    /// <summary>The same plan where it is known who will run it: what stays on the card and what it costs follow from the card.</summary>
    /// <returns>The very plan, if it does not change.</returns>
    public static GenerationPlan For(GenerationPlan plan, RunnerAbilities runner)
    {
        var before = plan;
        if (plan.PersistentByGpu)
        {
            var persistent = GpuMemory.Persistent(runner.Gpu, plan.Quant, Workload.Tokens(plan));
            plan = plan with { PersistentParameters = persistent, Arguments = ScriptArguments.WithPersistent(plan.Arguments, persistent) };
        }

        plan = plan with { Estimate = Estimator.Of(plan, runner), Notes = [.. plan.Notes.Where(note => !note.StartsWith(TooSmall, StringComparison.Ordinal)), .. TooSmallFor(plan, runner.Gpu)] };
        var same = plan.PersistentParameters == before.PersistentParameters && plan.Estimate == before.Estimate
            && plan.Arguments.SequenceEqual(before.Arguments) && plan.Notes.SequenceEqual(before.Notes);
        return same ? before : plan;
    }

    /// <summary>What is wrong with a prompt alone; nothing if it will do.</summary>
    public static IEnumerable<RequestProblem> PromptProblems(string? prompt)
    {
        if (prompt is null || !prompt.Any(char.IsLetterOrDigit))
            yield return new("prompt_missing", "prompt", "There is no prompt.", "Describe the scene in a sentence, such as \"A woman talks to the camera\".");
        else if (prompt.Length > MaxPromptLength)
            yield return new("prompt_too_long", "prompt", $"The prompt has {prompt.Length:N0} characters, more than {MaxPromptLength:N0}.", "Shorten it; the model reads about the first 350 words only.");
        else if (IsNoText(prompt))
            yield return new("prompt_not_text", "prompt", "The prompt holds a control character.", "Type it anew.");
    }

    /// <summary>What is wrong with the options alone; nothing if they will do.</summary>
    public static IEnumerable<RequestProblem> OptionProblems(GenerationOptions options) => OptionRules.Check(options);

    /// <summary>Whether a text holds what no keyboard writes.</summary>
    internal static bool IsNoText(string text) => text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t'));

    private static string? AudioTypeOf(GenerationRequest request)
    {
        if (request.Speakers.Count == 1)
            return null;
        return request.Options.AudioType ?? (request.Speakers.Any(speaker => speaker.Silent) ? AudioType.Para : AudioType.Add);
    }

    // How long Kokoro will speak is known when it has spoken; upstream plans by that, and so only guesses can be planned.
    private static VoiceFit? Spoken(string script, IReadOnlyList<SpeakerRequest> speakers, Settings settings, List<RequestProblem> problems)
    {
        var frameNum = settings.FrameNum ?? Settings.TrainedFrameNum;
        if (settings.Mode == GenerationMode.Clip)
            problems.Add(new("tts_needs_streaming", "options.mode", "How long a text lasts is not known beforehand, and a clip would cut it.", "Use the mode streaming, or leave it out."));
        if (problems.Count > 0)
            return null;
        var frames = Math.Clamp(SpeakerRules.FramesOf(script), frameNum + 1, Segmentation.MaxFrames);
        return new(new(GenerationMode.Streaming, frameNum, settings.MotionFrame, frames, frames), [.. speakers.Select(_ => (long?)null)], 0, 0);
    }

    private static long DrawSeed() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    private static GenerationPlan Build(
        GenerationRequest request, Settings settings, Crop crop, VoiceFit fit, string? audioType, string? script)
    {
        var timeline = fit.Timeline;
        var seed = settings.Chosen.Seed ?? (settings.AsOnColab ? Settings.ColabSeed : DrawSeed());
        var byGpu = settings.Gpus == 1 && settings.PersistentParameters is null;
        // Nothing resident fits every card.
        var persistent = byGpu ? 0 : settings.PersistentParameters;
        return new()
        {
            Engine = settings.Engine,
            Preset = settings.Preset,
            Size = settings.Size,
            Width = crop.Width,
            Height = crop.Height,
            Crop = crop,
            Mode = timeline.Mode,
            FrameNum = timeline.FrameNum,
            MotionFrame = timeline.MotionFrame,
            Steps = settings.Steps,
            Seed = seed,
            Speakers = [.. request.Speakers.Zip(fit.Samples, (speaker, samples) => new PlannedSpeaker(samples, speaker.Text, speaker.TtsVoice, speaker.Box))],
            AudioType = audioType,
            Script = script,
            AudioFrames = timeline.AudioFrames,
            PaddingSeconds = fit.PaddingSeconds,
            TrimmedSeconds = fit.TrimmedSeconds,
            // Of a spoken text there is nothing but what upstream makes.
            KeepOriginalAudio = settings.KeepOriginalAudio && script is null,
            Segments = timeline.Segments,
            Frames = timeline.Frames,
            DurationSeconds = (double)timeline.Frames / Segmentation.Fps,
            UseTeacache = settings.UseTeacache,
            Passes = settings.TwoPasses ? 2 : 3,
            Quant = settings.Quant,
            Loras = settings.Loras,
            Gpus = settings.Gpus,
            PersistentParameters = persistent,
            PersistentByGpu = byGpu,
            Launcher = ScriptArguments.Launcher(settings.Gpus),
            Arguments = ScriptArguments.Build(settings, timeline, seed, script is not null, persistent),
            Environment = ScriptEnvironment.Fixed,
            Estimate = new(0, 0, 0, ""),
            Notes = [.. PlanNotes.Of(settings, timeline, fit, crop, script)],
        };
    }

    private static IEnumerable<string> TooSmallFor(GenerationPlan plan, GpuFacts? gpu)
    {
        if (plan.Engine == Engine.Preview || gpu is null)
            yield break;
        if (GpuMemory.Needed(plan) is var needed && needed > gpu.MemoryGb)
            yield return FormattableString.Invariant($"{TooSmall} {gpu.Name}: it has {gpu.MemoryGb:0.#} GB of memory and {needed:0.#} are needed.");
        if (GpuSpeed.IsTooOld(gpu))
            yield return $"{TooSmall} {gpu.Name}: flash-attn needs compute capability 8.0, an Ampere card or a newer one.";
    }

    private static void ThrowIfAny(List<RequestProblem> problems)
    {
        if (problems.Count > 0)
            throw new InvalidRequestException(problems);
    }
}
