using System.Text.RegularExpressions;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>What can be wrong with who speaks (docs/contract.md, "input.json" and "Spoken text").</summary>
internal static partial class SpeakerRules
{
    // Characters a second at a brisk and at an ordinary pace of English.
    private const double BriskPace = 22;
    private const double Pace = 15;

    public const int MaxTextLength = 2_000;

    public static IEnumerable<RequestProblem> Check(IReadOnlyList<SpeakerRequest> speakers, GenerationOptions options)
    {
        if (speakers.Count is 0 or > 2)
        {
            yield return new("speakers_out_of_range", "speakers", speakers.Count == 0 ? "There is nobody to speak." : $"{speakers.Count} people cannot be made to speak.", "Use one or two speakers.");
            yield break;
        }

        if (options.AudioType is not null && (speakers.Count == 1 || speakers.Any(speaker => speaker.Synthetic)))
            yield return new("audio_type_needs_two_voices", "options.audioType", "An audio type says how two recorded voices are joined, and there are no two.", "Leave it out, or add the second voice.");
        if (speakers.All(speaker => speaker.Silent))
            yield return new("speakers_all_silent", "speakers", "Nobody says anything.", "Add a voice.");
        else if (speakers.Any(speaker => speaker.Silent) && options.AudioType == AudioType.Add)
            yield return new("silent_speaker_needs_para", "options.audioType", "A silent person has no turn: upstream would add as much silence as the other one's speech lasts.", "Use para, or leave the audio type out.");

        foreach (var problem in speakers.Any(speaker => speaker.Synthetic) ? Texts(speakers, options) : Voices(speakers))
            yield return problem;
    }

    /// <summary>The text in upstream's form, or null if nobody speaks a text.</summary>
    public static string? Script(IReadOnlyList<SpeakerRequest> speakers) => speakers switch
    {
        [{ Text: { } text }] => text,
        [{ Text: { } first }, { Text: { } second }] => $"(s1) {first} (s2) {second}",
        [{ Text: { } turns }, { TtsVoice: not null }] => turns,
        _ => null,
    };

    /// <summary>A guess of how long a text lasts, in frames.</summary>
    public static int FramesOf(string script) => (int)(Turn().Replace(script, "").Trim().Length / Pace * Segmentation.Fps);

    private static IEnumerable<RequestProblem> Voices(IReadOnlyList<SpeakerRequest> speakers)
    {
        if (speakers.Any(speaker => speaker.Voice is not null) && speakers.All(speaker => speaker.Voice is null or { SpeechSamples: 0 }))
            yield return new("voice_silent", "voice1", FormattableString.Invariant($"The recording is silent: nothing in it is louder than {VoiceFacts.SilenceDbfs} dBFS."), "Use a louder recording.");
    }

    private static IEnumerable<RequestProblem> Texts(IReadOnlyList<SpeakerRequest> speakers, GenerationOptions options)
    {
        if (speakers.Any(speaker => !speaker.Synthetic || speaker.Voice is not null))
        {
            yield return new("speech_mixed", "speakers", "A text and a recording are mixed; upstream takes either texts or recordings.", "Give every speaker a text and a voice to speak it, or every one a recording.");
            yield break;
        }

        if (options.Engine == Engine.Preview)
            yield return new("tts_not_in_preview", "options.engine", "A preview cannot speak a text.", "Use the engine multitalk, or recorded voices.");
        foreach (var (index, speaker) in speakers.Index())
        {
            var field = FormattableString.Invariant($"speakers[{index}]");
            if (speaker.TtsVoice is null)
                yield return new("tts_voice_missing", field + ".ttsVoice", "There is a text and no voice to speak it.", "Name a voice, such as af_heart.");
            else if (!KokoroVoice.English.Contains(speaker.TtsVoice))
                yield return new("tts_voice_unknown", field + ".ttsVoice", $"There is no English voice \"{speaker.TtsVoice}\".", $"Use one of: {string.Join(", ", KokoroVoice.English)}.");
        }

        if (string.IsNullOrWhiteSpace(speakers[0].Text) || speakers.Any(speaker => speaker.Text is { } text && string.IsNullOrWhiteSpace(text)))
            yield return new("text_missing", "speakers", "There is no text to speak.", "Give each speaker a text, or the first one the conversation in turns: (s1) … (s2) ….");
        else if (Script(speakers) is { } script)
        {
            foreach (var problem in ScriptProblems(script, speakers))
                yield return problem;
        }
    }

    private static IEnumerable<RequestProblem> ScriptProblems(string script, IReadOnlyList<SpeakerRequest> speakers)
    {
        const string field = "speakers[0].text";
        var turns = Turn().Matches(script);
        if (speakers.Count == 1 && turns.Count > 0)
            yield return new("text_has_turns", field, "The text is marked with turns, and there is one speaker.", "Leave the marks out, or add the second speaker.");
        if (speakers.Count == 2 && (turns.Count == 0 || turns[0].Index > script.Length - script.TrimStart().Length))
            yield return new("text_before_first_turn", field, "What stands before the first mark would not be spoken.", "Begin the text with (s1) or (s2).");
        if (speakers.Count == 2 && turns.Any(turn => turn.Groups[1].Value is not ("1" or "2")))
            yield return new("text_turn_unknown", field, "A turn is marked for somebody else than (s1) and (s2), and would not be spoken.", "Use (s1) and (s2) only.");
        else if (speakers.Count == 2 && turns.Select(turn => turn.Groups[1].Value).Distinct().Count() < 2)
            yield return new("text_turn_missing", field, "One of the two speakers has no turn.", "Give each at least one: (s1) … (s2) ….");
        if (script.Any(letter => char.IsLetter(letter) && letter > '\u024F'))
            yield return new("text_not_english", field, "The built-in voices speak English only.", "Write English, or speak the text elsewhere and send the recordings.");
        if (script.Length > MaxTextLength)
            yield return new("text_too_long", field, FormattableString.Invariant($"The text has {script.Length:N0} characters, more than {MaxTextLength:N0}."), "Shorten it; 40 s are about 600 characters.");

        var spoken = Turn().Replace(script, "").Trim().Length;
        var least = (int)Math.Ceiling((Settings.TrainedFrameNum + 1.0) / Segmentation.Fps * BriskPace);
        if (spoken < least)
            yield return new("text_too_short", field, $"The text may last less than the {(Settings.TrainedFrameNum + 1.0) / Segmentation.Fps:0.00} s that upstream takes at least.", $"Write at least {least} characters.");
        if (FramesOf(script) > Segmentation.MaxFrames)
            yield return new("speech_too_long", field, FormattableString.Invariant($"The text would last about {FramesOf(script) / Segmentation.Fps} s; the model stops after 40 s and would cut the rest."), "Shorten it to about 600 characters, or split it over several jobs.");
    }

    [GeneratedRegex(@"\(s(\d+)\)")]
    private static partial Regex Turn();
}
