namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Nobody reads the script's lines while all goes well; a failure carries the ones that count.</summary>
internal sealed class Unheard : IProgress<string>
{
    public void Report(string value)
    {
    }
}
