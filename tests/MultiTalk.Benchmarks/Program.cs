using System.Runtime.InteropServices;
using MultiTalk.Benchmarks;

string[] names = ["hand-off", "claims", "watchers", "idle", "overhead", "upload"];

// benchmarks.sh starts this: [--small] [--markdown] [part …] BULLMQ, the directory with bench.mjs and its packages.
if (args is not [.. var options, var bullmq] || !File.Exists(Path.Combine(bullmq, "bench.mjs")) || options.Except(["--small", "--markdown", .. names]).Any())
{
    await Console.Error.WriteLineAsync($"Start this with tests/benchmarks.sh [--small] [--markdown] [{string.Join('|', names)} …].");
    return 2;
}

var small = options.Contains("--small");
var extent = small ? Extent.Small : Extent.Full;

// However it ends, everything that was started is ended first.
using var end = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.Cancel();
}

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    using var scratch = new Scratch();
    await using var redis = await LocalRedis.StartAsync(scratch, end.Token);
    // What is idle disturbs nobody, so in a minute it can be so beside the rest.
    var idle = small ? Part("idle", () => IdleLoad.RunAsync(scratch, extent, end.Token)) : null;
    try
    {
        var handOff = await Part("hand-off", () => HandOff.RunAsync(redis, extent, end.Token));
        var claims = await Part("claims", () => Claims.RunAsync(redis, bullmq, scratch, extent, end.Token));
        var watchers = await Part("watchers", () => Watchers.RunAsync(redis, scratch, extent, end.Token));
        var overhead = await Part("overhead", () => Overhead.RunAsync(redis, scratch, extent, end.Token));
        var upload = await Part("upload", () => Upload.RunAsync(redis, scratch, extent, end.Token));
        idle ??= Part("idle", () => IdleLoad.RunAsync(scratch, extent, end.Token));
        IReadOnlyList<Row> rows = [.. handOff, .. claims, .. watchers, .. await idle, .. overhead, .. upload];
        Report.Print(rows, Machine(redis.Version), options.Contains("--markdown"));
        return rows.Any(row => row.Used > extent.Allowed) ? 1 : 0;
    }
    catch
    {
        await end.CancelAsync();
        if (idle is not null)
            await idle.ContinueWith(_ => { }, TaskScheduler.Default);
        throw;
    }
}
catch (OperationCanceledException) when (end.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped.");
    return 130;
}
catch (InvalidOperationException exception)
{
    await Console.Error.WriteLineAsync($"This could not be measured. {exception.Message}");
    return 1;
}

async Task<IReadOnlyList<Row>> Part(string name, Func<Task<IReadOnlyList<Row>>> measure)
{
    if (names.Any(options.Contains) && !options.Contains(name))
        return [];
    await Console.Error.WriteLineAsync($"{name} …");
    return await measure();
}

static string Machine(Version redis) => Row.Text(
    $"{Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB, {RuntimeInformation.OSDescription.Split(' ')[0]} {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}, Redis {redis}");
