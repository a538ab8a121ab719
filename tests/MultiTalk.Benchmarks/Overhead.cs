using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CliWrap;
using Microsoft.Extensions.Logging.Abstractions;
using MultiTalk.GpuRunner;

namespace MultiTalk.Benchmarks;

/// <summary>
/// What a video costs beyond its script: 10 s of sound and 640×640 pixels, handed in over HTTP until it is published, compared with the
/// same script run bare in a workspace that <c>prepare</c> made. The runner is in this process, so that its traces are at hand; it
/// pulls over HTTP like any other.
/// </summary>
internal static class Overhead
{
    private const double MostSeconds = 1;
    private const double MostOutsideSeconds = 0.15;
    private const string Prompt = "A woman talks to the camera";

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures it.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(LocalRedis redis, Scratch scratch, Extent extent, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        using var programs = new MediaPrograms(scratch);
        using var spans = new Spans();
        await using var web = await WebProcess.StartAsync(redis, scratch, cancellationToken);
        using var runner = RunnerHost.BuildEmbedded(
            options => (options.Web, options.Token, options.Name, options.Workspaces) = (web.Address, web.Token, "bench", scratch.NewDirectory("workspaces")),
            NullLoggerFactory.Instance);
        await runner.StartAsync(cancellationToken);
        try
        {
            using var client = web.Client();
            var workspace = await PrepareAsync(scratch, cancellationToken);
            // The first warms everything up.
            await GenerateAsync(client, programs, spans, cancellationToken);
            var (runs, bare) = (new List<Course>(), new List<double>());
            for (var round = 0; round < extent.Generations; round++)
            {
                bare.Add(await BareAsync(workspace, cancellationToken));
                runs.Add(await GenerateAsync(client, programs, spans, cancellationToken));
            }

            return Rows(runs, bare);
        }
        finally
        {
            await runner.StopAsync(CancellationToken.None);
        }
    }

    // Every part at its quickest: these aims are times, not ratios, and whatever else a machine does only adds to them.
    private static List<Row> Rows(List<Course> runs, List<double> bare)
    {
        var script = runs.Min(run => run.Script);
        var more = script - bare.Min();
        var rows = new List<Row>
        {
            new("a video: the script in the wrapper", Row.Time(script)) { Yardstick = $"{Row.Time(bare.Min())} bare", Ratio = script / bare.Min(), Begins = true },
        };
        var (whole, outside) = (more, more);
        foreach (var (index, step) in runs[0].Steps.Index())
        {
            var seconds = runs.Min(run => run.Steps[index].Seconds);
            var alone = runs.Min(run => run.Steps[index].Outside);
            rows.Add(new($"a video: {step.Name}", Row.Time(seconds)) { Yardstick = step.Calls == 0 ? "" : Row.Text($"{Row.Time(alone)} outside {step.Calls} × ffmpeg, ffprobe") });
            (whole, outside) = (whole + seconds, outside + alone);
        }

        rows.Add(new("a video: wrapper outside ffmpeg and ffprobe", Row.Time(outside)) { Aim = "≤ 150 ms", Used = outside / MostOutsideSeconds });
        rows.Add(new("a video: wrapper in all", Row.Time(whole)) { Yardstick = $"{Row.Time(bare.Min())} bare", Ratio = (whole + bare.Min()) / bare.Min(), Aim = "≤ 1 s more", Used = whole / MostSeconds });
        return rows;
    }

    private static async Task<Course> GenerateAsync(HttpClient client, MediaPrograms programs, Spans spans, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(Sample("portrait.png"), cancellationToken)), "image", "portrait.png" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Sample("voice.wav"), cancellationToken)), "voice1", "voice.wav" },
            { new StringContent(Prompt), "prompt" },
        };
        var start = DateTime.UtcNow;
        using var answer = await client.PostAsync("/api/v1/jobs", form, cancellationToken);
        var job = await DocumentAsync(answer, cancellationToken);
        while (job["state"]!.GetValue<string>() is "queued" or "running")
        {
            await Task.Delay(_look, cancellationToken);
            using var now = await client.GetAsync($"/api/v1/jobs/{job["id"]}", cancellationToken);
            job = await DocumentAsync(now, cancellationToken);
        }

        return job["state"]!.GetValue<string>() == "succeeded"
            ? Course.Of(start, Time(job["createdAt"]), Time(job["attempts"]![0]!["startedAt"]), Time(job["finishedAt"]), spans, programs.Calls)
            : throw new InvalidOperationException($"The video was not made: {job["error"]}");
    }

    private static async Task<JsonNode> DocumentAsync(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!
            : throw new InvalidOperationException($"The Web answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");

    private static DateTime Time(JsonNode? time) => time!.GetValue<DateTimeOffset>().UtcDateTime;

    private static async Task<string> PrepareAsync(Scratch scratch, CancellationToken cancellationToken)
    {
        var workspace = Path.Combine(scratch.Root, "bare");
        await Cli.Wrap("dotnet")
            .WithArguments([WebProcess.Program("MultiTalk.GpuRunner"), "prepare", "--workspace", workspace, "--image", Sample("portrait.png"), "--voice", Sample("voice.wav"), "--prompt", Prompt])
            .ExecuteAsync(cancellationToken);
        return workspace;
    }

    private static async Task<double> BareAsync(string workspace, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await Cli.Wrap(Path.Combine(workspace, "rerun.sh")).ExecuteAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "samples", name);
}
