using System.Text.RegularExpressions;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>What can be wrong with who speaks (docs/contract.md, "input.json" and "Spoken text").</summary>
internal static partial class SpeakerRules
{
    // Characters a second at a brisk and at an ordinary pace of English.
    private const double BriskPace = 22;
    private const double Pace = 15;

    // The end of the blocks with Latin letters (Unicode, Latin Extended-B).
    private const char LastLatinLetter = '\u024F';

    private const string Text = "speakers[0].text";

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
    public static int FramesOf(string script) => (int)(Spoken(script).Length / Pace * Segmentation.Fps);

    private static IEnumerable<RequestProblem> Voices(IReadOnlyList<SpeakerRequest> speakers)
    {
        if (speakers.Any(speaker => speaker.Voice is not null) && speakers.All(speaker => speaker.Voice is null or { SpeechSamples: 0 }))
            yield return new("voice_silent", speakers[0].Voice is null ? "voice2" : "voice1", FormattableString.Invariant($"The recording is silent: nothing in it is louder than {VoiceFacts.SilenceDbfs} dBFS."), "Use a louder recording.");
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
            foreach (var problem in Turns(script, speakers).Concat(Length(script, options)))
                yield return problem;
        }
    }

    private static IEnumerable<RequestProblem> Turns(string script, IReadOnlyList<SpeakerRequest> speakers)
    {
        var turns = Turn().Matches(script);
        if (!Spoken(script).Any(char.IsLetterOrDigit))
            yield return new("text_missing", Text, "There are no words to speak.", "Write some.");
        else if (speakers.Count == 1 && turns.Count > 0)
            yield return new("text_has_turns", Text, "The text is marked with turns, and there is one speaker.", "Leave the marks out, or add the second speaker.");
        if (speakers.Count == 1)
            yield break;

        if (speakers.All(speaker => speaker.Text is not null) && turns.Count > 2)
            yield return new("text_has_turns", Text, "Each speaker has a text, and one of them is marked with turns.", "Leave the marks out, or give the whole conversation to the first speaker.");
        else if (turns.Count == 0 || turns[0].Index > script.Length - script.TrimStart().Length)
            yield return new("text_before_first_turn", Text, "What stands before the first mark would not be spoken.", "Begin the text with (s1) or (s2).");
        else if (turns.Any(turn => turn.Groups["speaker"].Value is not ("1" or "2")))
            yield return new("text_turn_unknown", Text, "A turn is marked for somebody else than (s1) and (s2), and would not be spoken.", "Use (s1) and (s2) only.");
        else if (turns.DistinctBy(turn => turn.Groups["speaker"].Value).Count() < 2)
            yield return new("text_turn_missing", Text, "One of the two speakers has no turn.", "Give each at least one: (s1) … (s2) ….");
        else if (turns.Any(turn => !turn.Groups["words"].Value.Any(char.IsLetterOrDigit)))
            yield return new("text_turn_empty", Text, "A turn has no words, and upstream fails on what it speaks of nothing.", "Write something behind each mark, or take the mark out.");
    }

    private static IEnumerable<RequestProblem> Length(string script, GenerationOptions options)
    {
        if (Planner.IsNoText(script))
            yield return new("text_not_text", Text, "The text holds a control character.", "Type it anew.");
        if (script.Any(letter => char.IsLetter(letter) && letter > LastLatinLetter))
            yield return new("text_not_english", Text, "The built-in voices speak English only.", "Write English, or speak the text elsewhere and send the recordings.");
        if (script.Length > MaxTextLength)
            yield return new("text_too_long", Text, FormattableString.Invariant($"The text has {script.Length:N0} characters, more than {MaxTextLength:N0}."), "Shorten it; 40 s are about 600 characters.");

        var seconds = ((options.FrameNum ?? Settings.TrainedFrameNum) + 1.0) / Segmentation.Fps;
        var least = (int)Math.Ceiling(seconds * BriskPace);
        if (Spoken(script).Length < least)
            yield return new("text_too_short", Text, FormattableString.Invariant($"The text may last less than the {seconds:0.00} s that upstream takes at least."), $"Write at least {least} characters.");
        if (FramesOf(script) > Segmentation.MaxFrames)
            yield return new("speech_too_long", Text, $"The text would last about {FramesOf(script) / Segmentation.Fps} s; the model stops after 40 s and would cut the rest.", "Shorten it to about 600 characters, or split it over several jobs.");
    }

    private static string Spoken(string script) => Mark().Replace(script, "").Trim();

    // Upstream's own pattern: a mark, and what stands before the next one.
    [GeneratedRegex(@"\(s(?<speaker>\d+)\)\s*(?<words>.*?)(?=\s*\(s\d+\)|$)", RegexOptions.Singleline)]
    private static partial Regex Turn();

    [GeneratedRegex(@"\(s\d+\)")]
    private static partial Regex Mark();
}
