using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Writes the script's <c>input.json</c> (docs/contract.md, "input.json").</summary>
public static class InputJson
{
    // Python reads UTF-8, and people read this file when they run a failure by hand.
    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document: relative names only, and the one place where the prompt stands.</summary>
    /// <param name="prompt">The text of the scene.</param>
    /// <param name="speakers">1 or 2.</param>
    /// <param name="audioType"><c>add</c> or <c>para</c>; null with one speaker.</param>
    public static string Write(string prompt, int speakers, string? audioType)
    {
        var voices = new JsonObject();
        for (var speaker = 1; speaker <= speakers; speaker++)
            voices[FormattableString.Invariant($"person{speaker}")] = ColabLayout.Voice(speaker);

        var document = new JsonObject { ["prompt"] = prompt, ["cond_image"] = ColabLayout.Picture };
        if (audioType is not null)
            document["audio_type"] = audioType;
        document["cond_audio"] = voices;
        return document.ToJsonString(_readable);
    }
}
