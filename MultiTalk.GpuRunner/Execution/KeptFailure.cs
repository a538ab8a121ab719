using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>The workspace of a failed attempt, kept for a while: to be looked at, and run again by hand (docs/contract.md, "The nine differences").</summary>
public static class KeptFailure
{
    /// <summary>The file with the reason; its age is that of the failure.</summary>
    internal const string Name = "failure.json";

    /// <summary>Keeps it, with the reason of the failure. On a full disk it goes instead: it would only make the next attempts fail.</summary>
    public static void Keep(Workspace workspace, JobError error)
    {
        try
        {
            File.WriteAllBytes(Path.Combine(workspace.Home, Name), JsonSerializer.SerializeToUtf8Bytes(error, ContractsJson.Default.JobError));
            workspace.Keep();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The outcome of the attempt counts, not what is kept of it.
        }
    }

    /// <summary>Deletes those that are older.</summary>
    /// <param name="root">Where workspaces are.</param>
    /// <param name="age">How long one is kept.</param>
    /// <param name="time">The clock.</param>
    /// <returns>How many went.</returns>
    public static int Sweep(string root, TimeSpan age, TimeProvider time)
    {
        var swept = 0;
        var before = time.GetUtcNow() - age;
        foreach (var home in Homes(root))
        {
            try
            {
                // In use again, or nobody's failure: then it has no such file, or a lock.
                if (File.Exists(Path.Combine(home, Name)) && File.GetLastWriteTimeUtc(Path.Combine(home, Name)) <= before)
                {
                    Workspace.Delete(home);
                    swept++;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Somebody repeats it just now, or its disk is away: the next sweep finds it.
            }
        }

        return swept;
    }

    private static List<string> Homes(string root)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(root)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not made yet, or its disk is away.
            return [];
        }
    }
}
