using System.Diagnostics;
using System.Net;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>No room is left: on the disk of the media, or on Redis.</summary>
public sealed class FullTests
{
    // Takes the inputs of some jobs and one video.
    private const string MediaBytes = "2m";

    [Fact(Timeout = 120_000)]
    public async Task Media_on_a_full_disk_are_refused_and_a_finished_video_waits_until_there_is_room()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        using var disk = SmallDisk.Over(cluster.Media, MediaBytes);
        foreach (var name in new[] { "jobs", "incoming" })
            Directory.CreateDirectory(Path.Combine(cluster.Media, name));
        var held = cluster.Gate.HoldAsync(Gate.Started);
        var runner = await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;
        disk.Fill();

        using var refused = await PostAsync(cluster);
        var waits = runner.NextLineAsync("trying again for a while");
        script.Go();
        await waits;
        disk.MakeRoom();

        Assert.Equal("storage_full", await refused.ProblemCodeAsync());
        var history = new HistoryChecker();
        var ended = await cluster.FollowAsync(job.Id, history);
        Outcome.AssertIs(ended, "succeeded");
        await Results.AssertTrueAsync(cluster.Client, ended);
        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_full_Redis_refuses_new_jobs_while_running_ones_complete_fail_are_canceled_and_given_back()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        var history = new HistoryChecker();
        await using var redis = await cluster.ConnectAsync();
        var scripts = new List<(ClusterProcess Runner, Arrival Script)>();
        for (var number = 0; number < 4; number++)
        {
            var held = cluster.Gate.HoldAsync(Gate.Started);
            var runner = await cluster.StartRunnerAsync();
            await cluster.SubmitAsync(TestContext.Current.CancellationToken);
            scripts.Add((runner, await held));
        }

        var (completes, fails, canceled, released) = (scripts[0], scripts[1], scripts[2], scripts[3]);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        using var refused = await PostAsync(cluster);
        completes.Script.Go();
        await cluster.CancelAsync(canceled.Script.Job);
        await canceled.Script.DeadAsync();
        Assert.Equal(0, (await released.Runner.TerminateAsync()).ExitCode);
        fails.Script.Crash();
        var done = await cluster.FollowAsync(completes.Script.Job, history);
        var failing = await new JobFollower(cluster.Client, fails.Script.Job).FollowAsync(history, seen => seen.State == JobState.Queued || seen.Attempt > 1);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "0");

        Assert.Equal((HttpStatusCode.InsufficientStorage, "store_full"), (refused.StatusCode, await refused.ProblemCodeAsync()));
        Outcome.AssertIs(done, "succeeded");
        Assert.True(failing.Attempt >= 1);
        Assert.Equal(JobState.Canceled, (await cluster.JobAsync(canceled.Script.Job)).State);
        // With room again, what was given back and what failed once is run again.
        foreach (var (script, outcome) in new[] { (released.Script, "released"), (fails.Script, "failed") })
        {
            var ended = await cluster.FollowAsync(script.Job, history);
            Outcome.AssertIs(ended, outcome, "succeeded");
        }

        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }

    private static async Task<HttpResponseMessage> PostAsync(Cluster cluster)
    {
        using var form = await Submissions.NewAsync();
        return await cluster.Client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);
    }

    /// <summary>A disk of its own in memory, over a directory.</summary>
    private sealed class SmallDisk : IDisposable
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
}
