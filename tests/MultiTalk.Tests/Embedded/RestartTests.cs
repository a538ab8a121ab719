using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Embedded;

public sealed class RestartTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("multitalk-").FullName;

    [Fact(Timeout = 120_000)]
    public async Task A_job_whose_Web_was_killed_midway_finishes_after_the_next_start_without_waiting_for_the_lease()
    {
        string id;
        using (var killed = await WebProcess.StartAsync(_data))
        {
            // Many steps of the larger size keep it busy for long enough to be hit midway.
            using var response = await killed.Client.PostAsync(JobsApi.Root, Samples.Submission("""{"size":720,"steps":50}"""), TestContext.Current.CancellationToken);
            id = (await response.JobAsync()).Id;
            await FollowUntilSamplingAsync(killed.Client, id);
            await killed.KillAsync();
        }

        var restarted = Stopwatch.StartNew();
        using var web = await WebProcess.StartAsync(_data);
        var job = (await web.Client.FollowAsync(id))[^1];

        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(["lost", "succeeded"], job.Attempts.Select(attempt => attempt.Outcome));
        Assert.True(restarted.Elapsed < TimeSpan.FromSeconds(60), $"It took {restarted.Elapsed}; the lease alone is 90 s.");
        // Only once it has stopped: the runner tidies up after the job has ended.
        Assert.Equal(0, await web.InterruptAsync());
        Assert.Empty(Directory.GetDirectories(Path.Combine(_data, "workspaces")));
        Assert.Empty(ProcessesOf(_data));
    }

    [Fact(Timeout = 180_000)]
    public async Task Ctrl_C_stops_everything_that_was_started_and_the_job_goes_on_after_the_next_start()
    {
        string id;
        using (var interrupted = await WebProcess.StartAsync(_data))
        {
            using var response = await interrupted.Client.PostAsync(JobsApi.Root, Samples.Submission("""{"size":720,"steps":50}"""), TestContext.Current.CancellationToken);
            id = (await response.JobAsync()).Id;
            await FollowUntilSamplingAsync(interrupted.Client, id);

            Assert.Equal(0, await interrupted.InterruptAsync());
            Assert.Empty(ProcessesOf(_data));
        }

        using var web = await WebProcess.StartAsync(_data);
        var job = (await web.Client.FollowAsync(id))[^1];

        Assert.Equal(["released", "succeeded"], job.Attempts.Select(attempt => attempt.Outcome));
        await web.InterruptAsync();
    }

    [Fact(Timeout = 180_000)]
    public async Task A_second_Web_on_the_same_data_is_refused_and_leaves_the_first_alone()
    {
        using var first = await WebProcess.StartAsync(_data);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => WebProcess.StartAsync(_data));

        Assert.Contains("MULTITALK_DATA", refused.Message, StringComparison.Ordinal);
        using var answer = await first.Client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        await first.InterruptAsync();
    }

    [Fact]
    public async Task Without_redis_server_the_start_says_how_to_install_it()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => WebProcess.StartAsync(_data, ("PATH", DirectoryWithDotnetOnly())));

        Assert.Contains("apt-get install redis-server", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_Redis_that_was_killed_is_started_again_with_what_it_had_accepted()
    {
        using var web = await WebProcess.StartAsync(_data, ("Embedded__Runner", "false"));
        using var response = await web.Client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var id = (await response.JobAsync()).Id;
        var pidFile = Path.Combine(_data, "redis", "redis.pid");
        using var again = new FileSystemWatcher(Path.GetDirectoryName(pidFile)!, "redis.pid");
        var started = new TaskCompletionSource();
        again.Changed += (_, _) => started.TrySetResult();
        again.Created += (_, _) => started.TrySetResult();
        again.EnableRaisingEvents = true;

        await SignalAsync("-KILL", await File.ReadAllTextAsync(pidFile, TestContext.Current.CancellationToken));
        await started.Task.WaitAsync(TestContext.Current.CancellationToken);

        HttpResponseMessage answer;
        do
            answer = await web.Client.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken);
        while (answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(id, (await answer.JobAsync()).Id);
        Assert.Equal(0, await web.InterruptAsync());
        Assert.Empty(ProcessesOf(_data));
    }

    [Fact]
    public async Task The_first_key_is_shown_by_the_first_start_that_succeeds()
    {
        using var first = await WebProcess.StartAsync(Path.Combine(_data, "first"));
        var data = Path.Combine(_data, "a=b,c");
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            WebProcess.StartAsync(data, ("Access__ApiKey", null), ("ASPNETCORE_URLS", first.Client.BaseAddress!.ToString())));

        using var second = await WebProcess.StartAsync(data, ("Access__ApiKey", null));

        Assert.Contains("MultiTalk cannot start. Failed to bind", failed.Message, StringComparison.Ordinal);
        Assert.Contains("mt_", await second.NextLineWithAsync("API key:"), StringComparison.Ordinal);
        await second.InterruptAsync();
        await first.InterruptAsync();
    }

    [Fact]
    public async Task A_start_that_fails_at_a_port_in_use_leaves_no_process_behind()
    {
        using var first = await WebProcess.StartAsync(_data);
        var data = Path.Combine(_data, "second");

        await Assert.ThrowsAsync<InvalidOperationException>(() => WebProcess.StartAsync(data, ("ASPNETCORE_URLS", first.Client.BaseAddress!.ToString())));

        Assert.True(Directory.Exists(Path.Combine(data, "redis", "appendonlydir")), "It never came to start redis-server.");
        Assert.Empty(ProcessesOf(data));
        await first.InterruptAsync();
        Assert.Empty(ProcessesOf(_data));
    }

    [Fact(Timeout = 180_000)]
    public async Task A_Redis_that_freezes_is_reported_not_replaced_and_forgiven_when_it_thaws()
    {
        using var web = await WebProcess.StartAsync(_data, ("Jobs__SweepEvery", "00:00:00.2"));
        var redis = await File.ReadAllTextAsync(Path.Combine(_data, "redis", "redis.pid"), TestContext.Current.CancellationToken);

        await SignalAsync("-STOP", redis);
        var waiting = await FillAsync(Path.Combine(_data, "redis", "redis.sock"));
        // Longer than the sweeper's interval and the commands' time-out: both have met the frozen server.
        using var frozen = await web.Client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        using var still = await web.Client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        waiting.ForEach(socket => socket.Dispose());
        await SignalAsync("-CONT", redis);

        Assert.Equal(["store_unavailable", "store_unavailable"], [await frozen.ProblemCodeAsync(), await still.ProblemCodeAsync()]);
        // The Web has looked for it several times meanwhile.
        Assert.Equal(redis, await File.ReadAllTextAsync(Path.Combine(_data, "redis", "redis.pid"), TestContext.Current.CancellationToken));
        using var thawed = await web.Client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        thawed.EnsureSuccessStatusCode();
        Assert.Equal(0, await web.InterruptAsync());
    }

    [Fact(Timeout = 180_000)]
    public async Task A_data_directory_with_a_long_name_works_and_the_socket_s_own_directory_goes_again()
    {
        // Longer than a Unix socket's path may be.
        var data = Path.Combine(_data, new string('x', 120));
        var temporary = Directory.CreateDirectory(Path.Combine(_data, "t")).FullName;
        using var web = await WebProcess.StartAsync(data, ("TMPDIR", temporary));
        Assert.Single(Directory.GetDirectories(temporary));

        using var answer = await web.Client.GetAsync("/health", TestContext.Current.CancellationToken);

        Assert.Equal("Healthy", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await web.InterruptAsync();
        Assert.Empty(Directory.GetDirectories(temporary));
    }

    public void Dispose()
    {
        // What a test that failed has left running.
        Faults.ProcessesBelow.End(_data);
        Directory.Delete(_data, recursive: true);
    }

    private static async Task FollowUntilSamplingAsync(HttpClient client, string id)
    {
        await foreach (var job in client.EventsAsync(id))
        {
            // Which of the two a heartbeat meets is a matter of chance.
            if (job.Phase is Phase.Sampling or Phase.Decoding)
                return;
        }

        Assert.Fail("The job ended before it was seen sampling.");
    }

    // As many connections as a server that does not accept them lets wait.
    private static async Task<List<Socket>> FillAsync(string path)
    {
        var waiting = new List<Socket>();
        while (true)
        {
            waiting.Add(new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
            try
            {
                await waiting[^1].ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
            }
            catch (SocketException)
            {
                Assert.InRange(waiting.Count, 2, 10_000);
                return waiting;
            }
        }
    }

    private static async Task SignalAsync(string signal, string process)
    {
        using var kill = Process.Start("kill", [signal, process.Trim()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private string DirectoryWithDotnetOnly()
    {
        var bin = Directory.CreateDirectory(Path.Combine(_data, "bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(bin, "dotnet"), Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet"
            ? path
            : Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(directory => Path.Combine(directory, "dotnet")).First(File.Exists));
        return bin;
    }

    // Every process that works in the data directory or names it on its command line: redis-server, the script, ffmpeg.
    private static IEnumerable<string> ProcessesOf(string data) =>
        from directory in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        let text = Describe(directory)
        where text.Contains(data, StringComparison.Ordinal)
        select text;

    private static string Describe(string process)
    {
        try
        {
            return $"{File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ')} in {new FileInfo(Path.Combine(process, "cwd")).LinkTarget}";
        }
        catch (IOException)
        {
            // It ended in between.
            return "";
        }
    }
}
