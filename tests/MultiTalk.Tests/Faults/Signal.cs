using System.Runtime.InteropServices;

namespace MultiTalk.Tests.Faults;

/// <summary>The signals that the tests send, with their numbers on Linux (signal(7)).</summary>
internal enum Signal
{
    /// <summary>Ends a process at once; it learns nothing of it.</summary>
    Kill = 9,

    /// <summary>Asks it to end.</summary>
    Terminate = 15,

    /// <summary>Lets it go on.</summary>
    Continue = 18,

    /// <summary>Freezes it; it learns nothing of it.</summary>
    Stop = 19,
}

/// <summary>Sends them: .NET itself sends no other than <see cref="Signal.Kill"/>.</summary>
internal static class Signals
{
    /// <summary>Sends a signal; one to a process that has ended is lost.</summary>
    public static void Send(this Signal signal, int process) => _ = Kill(process, (int)signal);

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    private static extern int Kill(int process, int signal);
}
