using System.Runtime.InteropServices;
using CliWrap;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// The sound of a video made of the recordings themselves, joined as upstream joins them: its own track is mono at 16 kHz and made
/// equally loud (docs/contract.md, "Output").
/// </summary>
internal sealed class OriginalVoice
{
    // Just below full scale, which encoding may overshoot.
    private const double Ceiling = 0.97;

    // At four bits a sample AAC cannot be told from its source; more than this is waste.
    private const int BitsPerSample = 4;
    private const int MaxBitrate = 192_000;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<(string Path, WavFile File)> _voices;
    private readonly bool _together;

    private OriginalVoice(IReadOnlyList<(string Path, WavFile File)> voices, bool together)
    {
        (_voices, _together) = (voices, together);
        (Rate, Channels) = (voices.Max(voice => voice.File.SampleRate), voices.Max(voice => voice.File.Channels));
    }

    /// <summary>The best of the recordings' rates, in hertz.</summary>
    public int Rate { get; }

    /// <summary>1 or 2.</summary>
    public int Channels { get; }

    /// <summary>Bits a second of AAC that leave nothing to be heard.</summary>
    public int Bitrate => Math.Min(MaxBitrate, BitsPerSample * Rate * Channels);

    /// <summary>The options of ffmpeg that open the recordings.</summary>
    public IEnumerable<string> Inputs => _voices.SelectMany(voice => MediaProgram.Input("wav", voice.Path));

    /// <summary>The recordings of a workspace, padded and trimmed as its plan says; a silent person has none.</summary>
    /// <exception cref="IOException">One is not there.</exception>
    /// <exception cref="InvalidDataException">One is no WAV of ours.</exception>
    public static OriginalVoice Of(Workspace workspace, GenerationPlan plan)
    {
        var voices = plan.Speakers.Index()
            .Where(speaker => speaker.Item.Samples is not null)
            .Select(speaker => workspace.PathOf(ColabLayout.Voice(speaker.Index + 1)))
            .Select(path => (path, WavFile.Read(path)))
            .ToList();
        return new(voices, together: voices.Count > 1 && plan.AudioType == AudioType.Para);
    }

    /// <summary>The filter that joins the recordings to <c>[sound]</c>: exactly as long as the pictures, and nowhere too loud.</summary>
    /// <param name="first">The number that the first recording has among ffmpeg's inputs.</param>
    /// <param name="frames">Pictures of the video.</param>
    /// <param name="cancellationToken">Kills the measurement that two voices together need.</param>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    /// <exception cref="InvalidDataException">A recording does not decode.</exception>
    /// <exception cref="TimeoutException">It took longer than a minute.</exception>
    public async Task<string> FilterAsync(int first, int frames, CancellationToken cancellationToken)
    {
        var gain = _together ? Math.Min(1, Ceiling / await PeakAsync(frames, cancellationToken)) : 1;
        return Filter(first, frames, gain);
    }

    private string Filter(int first, int frames, double gain)
    {
        var length = $"apad,atrim=end_sample={(long)frames * Rate / Segmentation.Fps}[sound]";
        if (_voices is [_])
            return $"[{first}:a]{length}";

        var alike = _voices.Select((voice, index) => $"[{first + index}:a]aresample={Rate}{(voice.File.Channels < Channels ? ",pan=stereo|c0=c0|c1=c0" : "")}[voice{index}];");
        var join = _together ? FormattableString.Invariant($"amix=inputs=2:normalize=0,volume={gain:0.######}") : "concat=n=2:v=0:a=1";
        return $"{string.Concat(alike)}[voice0][voice1]{join},{length}";
    }

    // Two voices may be louder together than a sample can say. How loud shows only when they were added.
    private async Task<double> PeakAsync(int frames, CancellationToken cancellationToken)
    {
        var peak = 0f;
        string[] arguments =
        [
            "-v", "error", "-nostdin", .. Inputs, "-filter_complex", Filter(0, frames, gain: 1), "-map", "[sound]", "-f", "f32le", "-",
        ];
        var result = await MediaProgram.RunAsync("ffmpeg", arguments, PipeTarget.Create(async (stream, token) =>
        {
            var buffer = new byte[64 * 1024];
            for (int read; (read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, token)) > 0;)
                peak = Math.Max(peak, Loudest(buffer.AsSpan(0, read)));
        }), _limit, cancellationToken);
        return result.ExitCode == 0 ? peak : throw new InvalidDataException($"ffmpeg cannot mix the voices: {result.Errors.Trim()}");
    }

    private static float Loudest(ReadOnlySpan<byte> samples)
    {
        var peak = 0f;
        foreach (var sample in MemoryMarshal.Cast<byte, float>(samples))
            peak = Math.Max(peak, Math.Abs(sample));
        return peak;
    }
}
