using System.Diagnostics;

namespace MultiTalk.Benchmarks;

/// <summary>What a Web and a runner cost while there is nothing to do, each in a process of its own.</summary>
internal static class IdleLoad
{
    private const double MostRequests = 1;

    private static readonly TimeSpan _settle = TimeSpan.FromSeconds(5);

    /// <summary>Measures it.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(Scratch scratch, Extent extent, CancellationToken cancellationToken)
    {
        await using var redis = await LocalRedis.StartAsync(scratch, cancellationToken);
        await using var web = await WebProcess.StartAsync(redis, scratch, cancellationToken);
        await using var proxy = await CountingProxy.StartAsync(web.Address);
        await using var runner = new Child("dotnet", [WebProcess.Program("MultiTalk.GpuRunner"), "worker"], new Dictionary<string, string?>
        {
            ["Runner__Web"] = proxy.Address,
            ["Runner__Token"] = web.Token,
            ["Runner__Name"] = "idle",
            ["Runner__Workspaces"] = scratch.NewDirectory("workspaces"),
        });
        await runner.UntilAsync(proxy.Asked, cancellationToken);

        // From the moment on in which it begins to wait, so that the count does not depend on luck.
        var (requests, start) = (proxy.Requests, Stopwatch.GetTimestamp());
        // What the start has left to do, such as compiling, is no idle load.
        await Task.Delay(_settle, cancellationToken);
        var (commands, settled) = (await redis.CommandsAsync(), Stopwatch.GetTimestamp());
        var (webTime, runnerTime) = (web.ProcessorTime, runner.ProcessorTime);
        await Task.Delay(extent.Idle - _settle, cancellationToken);
        commands = await redis.CommandsAsync() - commands;
        (webTime, runnerTime) = (web.ProcessorTime - webTime, runner.ProcessorTime - runnerTime);
        var seconds = Stopwatch.GetElapsedTime(settled).TotalSeconds;
        var per20 = (proxy.Requests - requests) * 20 / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return
        [
            new("idle runner: requests to the Web in 20 s", Row.Text($"{per20:0.00}")) { Aim = "≤ 1", Used = per20 / MostRequests, Begins = true },
            new("idle Web: Redis commands a second", Row.Text($"{commands / seconds:0.0}")),
            new("idle Web: processor time a minute", Row.Time(webTime.TotalSeconds * 60 / seconds)),
            new("idle runner: processor time a minute", Row.Time(runnerTime.TotalSeconds * 60 / seconds)),
        ];
    }
}
