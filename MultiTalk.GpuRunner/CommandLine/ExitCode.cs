namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>How the program ends; the help says the same.</summary>
internal static class ExitCode
{
    /// <summary>It did what was asked.</summary>
    public const int Success = 0;

    /// <summary>The input was bad, or the work failed.</summary>
    public const int Failure = 1;

    /// <summary>It was called wrongly, or a setting is missing.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C, SIGTERM or SIGHUP: what shells expect, 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>For the help.</summary>
    public const string Help = "Exit codes: 0 done; 1 bad input or a failure; 2 bad usage or a missing setting; 130 interrupted.";
}
