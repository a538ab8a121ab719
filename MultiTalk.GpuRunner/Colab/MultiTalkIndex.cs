using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Reads which files MultiTalk's index names.</summary>
internal static class MultiTalkIndex
{
    // The real one has less than 1 MB.
    private const int MaxBytes = 50_000_000;

    /// <summary>Reads an index.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="files">The files that it names; none if there is a fault.</param>
    /// <exception cref="JsonException">It is cut off or damaged.</exception>
    public static FileFault? Read(FileStream stream, out IReadOnlyList<string> files)
    {
        files = [];
        if (stream.Length > MaxBytes)
            return NotMultiTalk($"has {stream.Length:N0} bytes, too many for an index");
        if (JsonSerializer.Deserialize<Document>(stream)?.WeightMap is not { } map)
            return NotMultiTalk("has no weight_map, so it is no index");
        if (!map.ContainsValue(ColabLayout.MultiTalkWeights) || !map.Keys.Any(key => key.Contains("audio_cross_attn", StringComparison.Ordinal)))
            return NotMultiTalk($"is the index of another model: it does not lead to {ColabLayout.MultiTalkWeights} and the layers that listen");
        if (map.Values.FirstOrDefault(file => string.IsNullOrEmpty(file) || file.AsSpan().ContainsAny(Path.GetInvalidFileNameChars())) is { } path)
            return NotMultiTalk($"names \"{path}\", which is no simple file name");

        files = [.. map.Values.Distinct().Order(StringComparer.Ordinal)];
        return null;
    }

    private static FileFault NotMultiTalk(string what) => new("index_not_multitalk", what);

    private sealed record Document([property: JsonPropertyName("weight_map")] Dictionary<string, string>? WeightMap);
}
