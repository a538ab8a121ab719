using System.Security.Cryptography;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>Turns a request into a plan, or says everything that is wrong with it. Pure but for the seed it draws.</summary>
public static class Planner
{
    /// <summary>Longest prompt in characters; upstream's tokenizer cuts at 512 tokens without a word.</summary>
    public const int MaxPromptLength = 2_000;

    private const int FrameNum = 81;
    private const int MotionFrame = 25;
    private const int DefaultSteps = 20;
    private const long MaxSeed = uint.MaxValue;

    /// <summary>Plans a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="defaultEngine">The engine of a request that names none.</param>
    /// <exception cref="InvalidRequestException">The request can never run as it stands.</exception>
    public static GenerationPlan Plan(GenerationRequest request, string defaultEngine)
    {
        var problems = PromptProblems(request.Prompt)
            .Concat(OptionProblems(request.Options, request.Voices.Count))
            .Concat(LengthProblems(request))
            .ToList();
        if (problems.Count > 0)
            throw new InvalidRequestException(problems);

        var options = request.Options;
        var size = options.Size ?? 480;
        var steps = options.Steps ?? DefaultSteps;
        var seed = options.Seed ?? BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        var audioType = AudioTypeOf(request);
        var bucket = Bucket.For(request.Picture, size);

        var voices = PadForUpstream(request, audioType);
        var audioFrames = Segmentation.AudioFrames(MixedSamples(voices, audioType));
        var clip = audioFrames <= FrameNum + 1;
        var frames = clip ? FrameNum : Segmentation.StreamingFrames(audioFrames);
        var mode = clip ? "clip" : "streaming";

        return new GenerationPlan
        {
            Engine = options.Engine ?? defaultEngine,
            Size = size,
            Width = bucket.Width,
            Height = bucket.Height,
            Mode = mode,
            Steps = steps,
            Seed = seed,
            AudioType = audioType,
            AudioFrames = audioFrames,
            VoiceSamples = voices,
            Segments = clip ? 1 : Segmentation.StreamingSegments(audioFrames, FrameNum, MotionFrame),
            Frames = frames,
            DurationSeconds = (double)frames / Segmentation.Fps,
            Arguments = ScriptArguments.Build(size, mode, steps, seed),
        };
    }

    /// <summary>What is wrong with a prompt alone; nothing if it will do.</summary>
    public static IEnumerable<RequestProblem> PromptProblems(string? prompt)
    {
        if (string.IsNullOrWhiteSpace(prompt))
            yield return new("prompt_missing", "prompt", "There is no prompt.", "Describe the scene in a sentence, such as \"A woman talks to the camera\".");
        else if (prompt.Length > MaxPromptLength)
            yield return new("prompt_too_long", "prompt", $"The prompt has {prompt.Length:N0} characters, more than {MaxPromptLength:N0}.", "Shorten it; the model reads about the first 350 words only.");
    }

    /// <summary>What is wrong with the options alone; nothing if they will do.</summary>
    public static IEnumerable<RequestProblem> OptionProblems(GenerationOptions options, int voices)
    {
        if (options.Engine is { } engine && !Engine.All.Contains(engine))
            yield return new("engine_unknown", "options.engine", $"There is no engine \"{engine}\".", $"Use one of: {string.Join(", ", Engine.All)}.");
        if (options.Size is not (null or 480 or 720))
            yield return new("size_unknown", "options.size", $"{options.Size} is no size.", "Use 480 or 720.");
        if (options.Steps is < 1 or > 100)
            yield return new("steps_out_of_range", "options.steps", $"{options.Steps} sampling steps cannot be run.", "Use 1 to 100; 10 to 40 are usual.");
        if (options.Seed is < 0 or > MaxSeed)
            yield return new("seed_out_of_range", "options.seed", $"{options.Seed} is no seed.", $"Use 0 to {MaxSeed}, or none for a random one.");
        if (options.AudioType is not (null or "add" or "para"))
            yield return new("audio_type_unknown", "options.audioType", $"There is no audio type \"{options.AudioType}\".", "Use add (one after the other) or para (together).");
        else if (options.AudioType is not null && voices == 1)
            yield return new("audio_type_needs_two_voices", "options.audioType", "An audio type says how two voices are joined, and there is one.", "Leave it out, or add the second voice.");
    }

    private static IEnumerable<RequestProblem> LengthProblems(GenerationRequest request)
    {
        var frames = Segmentation.AudioFrames(MixedSamples([.. request.Voices.Select(voice => voice.Samples)], AudioTypeOf(request)));
        if (frames > Segmentation.MaxFrames)
        {
            yield return new("speech_too_long", request.Voices.Count == 1 ? "voice1" : "voice2",
                $"The speech is {(double)frames / Segmentation.Fps:0.00} s long; the model stops after 40 s and would cut the rest.",
                "Shorten it to 40 s in all, or split it over several jobs.");
        }
    }

    private static string? AudioTypeOf(GenerationRequest request) =>
        request.Voices.Count == 1 ? null : request.Options.AudioType ?? "add";

    private static long MixedSamples(IReadOnlyList<long> voices, string? audioType) =>
        audioType == "para" ? voices.Max() : voices.Sum();

    // Upstream takes para voices of equal length only, and a speech only if it has more frames than one segment.
    // Silence at the end cures both; what is said last is padded.
    private static long[] PadForUpstream(GenerationRequest request, string? audioType)
    {
        long[] voices = [.. request.Voices.Select(voice => voice.Samples)];
        var shortest = Segmentation.Samples(FrameNum + 1);
        if (audioType == "para")
            Array.Fill(voices, Math.Max(voices.Max(), shortest));
        else
            voices[^1] += Math.Max(0, shortest - voices.Sum());
        return voices;
    }
}
