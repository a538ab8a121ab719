namespace MultiTalk.GpuRunner.Generation;

/// <summary>Fits the voices of a request to a timeline: padded with silence at the end, or trimmed there.</summary>
/// <param name="Timeline">Segments and frames.</param>
/// <param name="Samples">Length at 16 kHz that each recording gets, in the speakers' order; null for a silent person.</param>
/// <param name="PaddingSeconds">Silence that was added.</param>
/// <param name="TrimmedSeconds">What was taken away.</param>
internal sealed record VoiceFit(Timeline Timeline, IReadOnlyList<long?> Samples, double PaddingSeconds, double TrimmedSeconds)
{
    private const string Shorten = "Shorten it to 40 s in all, or split it over several jobs";

    // Upstream's loudness meter fails at 0.4 s and less (docs/contract.md, "Audio").
    private const long LeastSamples = (VoiceFacts.SampleRate * 4 / 10) + 1;

    /// <summary>Fits the voices, or says why that cannot be.</summary>
    /// <param name="speakers">One or two, with at least one voice.</param>
    /// <param name="audioType">How two voices are joined; null with one speaker.</param>
    /// <param name="settings">What was chosen.</param>
    /// <param name="problems">Gets the reasons.</param>
    /// <returns>Null if there were reasons.</returns>
    public static VoiceFit? Of(IReadOnlyList<SpeakerRequest> speakers, string? audioType, Settings settings, List<RequestProblem> problems)
    {
        VoiceFacts?[] voices = [.. speakers.Select(speaker => speaker.Voice)];
        var add = audioType == AudioType.Add;
        var whole = add ? voices.Sum(voice => voice!.Samples) : voices.Max(voice => voice?.Samples ?? 0);
        var speech = add ? SpeechInTurns(voices) : voices.Max(voice => voice?.SpeechSamples ?? 0);
        var field = voices[^1] is null ? "voice1" : $"voice{voices.Length}";

        // Cutting helps only where something is left of everybody.
        var remedy = add && Segmentation.Samples(Segmentation.MaxFrames) < voices[0]!.Samples + LeastSamples ? Shorten + "." : Shorten + ", or set trim to have the rest cut off.";
        var timeline = settings.AsOnColab ? OnColab(voices, whole, settings, field, remedy, problems) : Fit(speech, whole, settings, field, remedy, problems);
        if (timeline is null)
            return null;

        // What lies beyond is cut, what is missing is silence; on Colab upstream gets the voices as they are.
        var target = settings.AsOnColab ? whole : Segmentation.Samples(timeline.AudioFrames);
        var samples = add ? InTurns(voices, target) : [.. voices.Select(voice => voice is null ? (long?)null : target)];
        var shown = Math.Min(whole, Segmentation.Samples(timeline.Shown));
        if (add && shown < voices[0]!.Samples + (settings.AsOnColab ? 1 : LeastSamples))
        {
            problems.Add(new("second_speaker_cut", field,
                FormattableString.Invariant($"The video shows {Seconds(shown):0.00} s of the speech, and the second speaker's turn comes after that."), "Shorten the first voice."));
            return null;
        }

        return new(timeline, samples, Seconds(Math.Max(0, target - whole)), settings.AsOnColab ? 0 : Seconds(whole - shown));
    }

    // Turn by turn, only the end of the last one is an end; it keeps what the loudness meter needs.
    private static long SpeechInTurns(VoiceFacts?[] voices) => voices[0]!.Samples + Math.Max(voices[1]!.SpeechSamples, LeastSamples);

    private static Timeline? Fit(long speech, long whole, Settings settings, string field, string remedy, List<RequestProblem> problems)
    {
        var keepsTail = settings.Chosen.Trim == false;
        var (spoken, all) = (Segmentation.FramesToShow(keepsTail ? whole : speech), Segmentation.FramesToShow(whole));
        var cuts = settings.Chosen.Trim == true;
        if (spoken > Segmentation.MaxFrames && !cuts)
        {
            problems.Add(TooLong(keepsTail ? whole : speech, field, remedy));
            return null;
        }

        if (Timeline.ForSilentEnd(Math.Min(spoken, Segmentation.MaxFrames), all, settings) is { } timeline)
            return timeline;

        var longest = settings.FrameNum ?? Timeline.MaxFrameNum;
        if (cuts)
            return Timeline.For(longest, settings);
        problems.Add(ClipTooShort(longest, spoken));
        return null;
    }

    private static Timeline? OnColab(VoiceFacts?[] voices, long whole, Settings settings, string field, string remedy, List<RequestProblem> problems)
    {
        var frames = Segmentation.AudioFrames(whole);
        if (voices is [{ } first, { } second] && settings.Chosen.AudioType == AudioType.Para && first.Samples != second.Samples)
        {
            problems.Add(new("para_lengths_differ", "voice2",
                FormattableString.Invariant($"The voices are {first.Seconds:0.00} s and {second.Seconds:0.00} s long; together they must be of one length, and the preset colab pads nothing."),
                "Make them equally long, or use the preset standard, which pads the shorter one."));
        }

        if (frames > Segmentation.MaxFrames && settings.Chosen.Trim != true)
            problems.Add(TooLong(whole, field, remedy));

        var timeline = Timeline.AsOnColab(frames, settings);
        if (timeline is { Mode: GenerationMode.Clip } clip && clip.Frames < frames && settings.Chosen.Trim != true)
            problems.Add(ClipTooShort(clip.Frames, frames));
        if (timeline is null)
        {
            problems.Add(new("speech_too_short", field,
                FormattableString.Invariant($"The speech has {frames} frames; upstream takes none that is not longer than a segment, and the preset colab pads nothing."),
                FormattableString.Invariant($"Use more than {(double)(settings.FrameNum ?? Settings.TrainedFrameNum) / Segmentation.Fps:0.00} s of speech, or the preset standard, which pads it with silence.")));
        }

        return problems.Count == 0 ? timeline : null;
    }

    private static IReadOnlyList<long?> InTurns(VoiceFacts?[] voices, long target) => [voices[0]!.Samples, target - voices[0]!.Samples];

    private static RequestProblem ClipTooShort(int clip, int spoken) => new("clip_too_short", "options.mode",
        FormattableString.Invariant($"A clip has at most {clip} frames here ({(double)clip / Segmentation.Fps:0.00} s), and the speech has {spoken}."),
        "Use the mode streaming, shorten the speech, or set trim to have the rest cut off.");

    private static double Seconds(long samples) => Math.Round((double)samples / VoiceFacts.SampleRate, 3);

    private static RequestProblem TooLong(long samples, string field, string remedy) => new("speech_too_long", field,
        FormattableString.Invariant($"The speech is {Seconds(samples):0.00} s long; the model stops after 40 s and would cut the rest."), remedy);
}
