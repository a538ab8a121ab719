namespace MultiTalk.GpuRunner.Generation;

/// <summary>The voices of Kokoro-82M that speak English, the one language of upstream's pipeline (docs/contract.md, "Spoken text").</summary>
public static class KokoroVoice
{
    /// <summary>
    /// Their names, the best first. The first letter is the accent (a American, b British), the second f or m. Source: VOICES.md
    /// of hexgrad/Kokoro-82M.
    /// </summary>
    public static IReadOnlyList<string> English { get; } =
    [
        "af_heart", "af_bella", "af_nicole", "af_alloy", "af_aoede", "af_jessica", "af_kore", "af_nova", "af_river", "af_sarah", "af_sky",
        "am_fenrir", "am_michael", "am_puck", "am_adam", "am_echo", "am_eric", "am_liam", "am_onyx", "am_santa",
        "bf_emma", "bf_alice", "bf_isabella", "bf_lily", "bm_fable", "bm_george", "bm_daniel", "bm_lewis",
    ];

    /// <summary>Where upstream finds a voice, relative to its working directory.</summary>
    public static string File(string name) => $"weights/Kokoro-82M/voices/{name}.pt";
}
