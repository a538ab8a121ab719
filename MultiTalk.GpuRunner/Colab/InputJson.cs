using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Writes the script's <c>input.json</c> (docs/contract.md, "input.json").</summary>
public static class InputJson
{
    // Upstream's word for a person without a voice.
    internal const string Silent = "None";

    // Python reads UTF-8, and people read this file when they run a failure by hand.
    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document: relative names only, and the one place where the prompt and a spoken text stand.</summary>
    /// <param name="prompt">The text of the scene.</param>
    /// <param name="plan">Who speaks, how and where.</param>
    public static string Write(string prompt, GenerationPlan plan)
    {
        var document = new JsonObject { ["prompt"] = prompt, ["cond_image"] = ColabLayout.Picture };
        if (plan.AudioType is not null)
            document["audio_type"] = plan.AudioType;

        // Of a spoken text upstream makes the voices itself; what stands here would be taken for one.
        var (voices, boxes) = (new JsonObject(), new JsonObject());
        foreach (var (index, speaker) in plan.Speakers.Index())
        {
            var person = FormattableString.Invariant($"person{index + 1}");
            if (plan.Script is null)
                voices[person] = speaker.Samples is null ? Silent : ColabLayout.Voice(index + 1);
            if (speaker.Box is { } box)
                boxes[person] = new JsonArray(box.Top, box.Left, box.Bottom, box.Right);
        }

        document["cond_audio"] = voices;
        if (plan.Script is not null)
            document["tts_audio"] = Spoken(plan);
        if (boxes.Count > 0)
            document["bbox"] = boxes;
        return document.ToJsonString(_readable);
    }

    private static JsonObject Spoken(GenerationPlan plan)
    {
        var spoken = new JsonObject { ["text"] = plan.Script };
        foreach (var (index, speaker) in plan.Speakers.Index())
            spoken[FormattableString.Invariant($"human{index + 1}_voice")] = KokoroVoice.File(speaker.TtsVoice!);
        return spoken;
    }
}
