using System.Diagnostics;

namespace MultiTalk.Tests;

/// <summary>A disk of its own in memory, over a directory.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, "filler");

    /// <summary>Mounts it; skips the test where that is not allowed.</summary>
    public static SmallDisk Over(string directory, string bytes)
    {
        var refusal = Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "multitalk-test", directory);
        Assert.SkipWhen(refusal is not null, $"A disk cannot be mounted here, and so not be filled: {refusal}");
        return new(directory);
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Leaves some again.</summary>
    public void MakeRoom() => File.Delete(Filler);

    // Lazily: the Web may still have a file open.
    public void Dispose() => Run("umount", "-l", _directory);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
