namespace MultiTalk.Tests;

/// <summary>Waits for what other processes do to the file system, by its events.</summary>
internal static class Eventually
{
    /// <summary>Until a directory is gone; the test's time-out ends the wait.</summary>
    public static async Task GoneAsync(string directory)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(directory)!) { NotifyFilter = NotifyFilters.DirectoryName };
        watcher.Deleted += (_, deleted) => Check(deleted.FullPath);
        watcher.Renamed += (_, renamed) => Check(renamed.OldFullPath);
        watcher.EnableRaisingEvents = true;
        Check(directory);
        await gone.Task.WaitAsync(TestContext.Current.CancellationToken);

        void Check(string path)
        {
            if (path == directory && !Directory.Exists(directory))
                gone.TrySetResult();
        }
    }
}
