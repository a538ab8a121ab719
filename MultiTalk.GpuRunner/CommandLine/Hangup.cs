using System.Runtime.InteropServices;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>
/// Turns SIGHUP, the end of the terminal, into a cancellation; the command line itself minds only Ctrl-C and SIGTERM. Under
/// nohup the signal stays ignored.
/// </summary>
internal sealed class Hangup : IDisposable
{
    private readonly CancellationTokenSource _canceled = new();
    private readonly PosixSignalRegistration _registration;

    /// <summary>Starts listening.</summary>
    public Hangup() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        // Ours to end in order, not the system's to kill.
        context.Cancel = true;
        _canceled.Cancel();
    });

    /// <summary>Canceled by the signal.</summary>
    public CancellationToken Token => _canceled.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _canceled.Dispose();
    }
}
