using System.Net.Sockets;

namespace MultiTalk.Tests.Faults;

/// <summary>A script that waits at a point of its <see cref="Gate"/>.</summary>
/// <param name="script">The connection to it.</param>
/// <param name="process">Its process id.</param>
/// <param name="workspace">The name of its workspace: job and attempt.</param>
internal sealed class Arrival(Socket script, int process, string workspace)
{
    /// <summary>Its process id.</summary>
    public int Process => process;

    /// <summary>The job that it works on.</summary>
    public string Job => workspace[..workspace.IndexOf('-', StringComparison.Ordinal)];

    /// <summary>The attempt's number.</summary>
    public int Attempt => int.Parse(workspace[(workspace.IndexOf('-', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Lets it go on.</summary>
    public void Go() => Say("g"u8);

    /// <summary>Makes it fail with an exception.</summary>
    public void Crash() => Say("x"u8);

    /// <summary>Until the process is dead: its end of the connection falls with it. The test's time-out ends the wait.</summary>
    public async Task DeadAsync()
    {
        try
        {
            await script.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // Reset rather than closed.
        }
    }

    private void Say(ReadOnlySpan<byte> word)
    {
        try
        {
            script.Send(word);
        }
        catch (SocketException)
        {
            // It was killed.
        }
    }
}
