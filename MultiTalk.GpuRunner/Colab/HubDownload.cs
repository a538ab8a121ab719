namespace MultiTalk.GpuRunner.Colab;

/// <summary>How to get what a model volume lacks.</summary>
internal static class HubDownload
{
    /// <summary>The command.</summary>
    /// <param name="folder">One of <see cref="ColabLayout.WeightFolders"/>.</param>
    /// <param name="directory">Where it is, or should be.</param>
    /// <param name="name">The file in it, a pattern, or null for all.</param>
    public static string Command(string folder, string directory, string? name = null)
    {
        var repository = folder switch
        {
            ColabLayout.BaseModel => "Wan-AI/Wan2.1-I2V-14B-480P",
            ColabLayout.Wav2Vec => "TencentGameMate/chinese-wav2vec2-base",
            ColabLayout.MultiTalkModel => "MeiGen-AI/MeiGen-MultiTalk",
            _ => "hexgrad/Kokoro-82M",
        };
        var what = name is null ? "" : name.Contains('*', StringComparison.Ordinal) ? $" --include \"{name}\"" : $" {name}";
        // The main branch of this model has no safetensors file.
        var revision = (folder, name) is (ColabLayout.Wav2Vec, "model.safetensors") ? " --revision refs/pr/1" : "";
        return $"huggingface-cli download {repository}{what}{revision} --local-dir \"{directory}\"";
    }
}
