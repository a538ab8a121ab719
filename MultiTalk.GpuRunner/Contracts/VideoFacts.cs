namespace MultiTalk.GpuRunner.Contracts;

/// <summary>A finished video as it was measured, not as it was planned.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">Number of pictures.</param>
/// <param name="Fps">Pictures a second.</param>
/// <param name="DurationSeconds">Frames divided by <paramref name="Fps"/>; containers report up to 0.1 s more.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Of the file, lower-case hexadecimal.</param>
public sealed record VideoFacts(int Width, int Height, int Frames, double Fps, double DurationSeconds, long Bytes, string Sha256);
