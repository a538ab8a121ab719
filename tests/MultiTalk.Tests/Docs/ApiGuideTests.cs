using MultiTalk.Tests.Security;

namespace MultiTalk.Tests.Docs;

public sealed class ApiGuideTests
{
    private static readonly string[] _languages = ["sh", "csharp", "text", "json"];

    private static readonly TimeSpan _enough = TimeSpan.FromMinutes(9);

    // Two programs are built in it, and three previews made.
    [Fact(Timeout = 600_000)]
    public async Task Every_example_of_the_guide_runs_and_prints_what_the_guide_shows()
    {
        using var directory = new TempDirectory();
        using var sockets = new TempDirectory();
        Directory.CreateDirectory(directory["samples"]);
        foreach (var name in new[] { "portrait.png", "couple.png", "voice-left.wav", "voice-right.wav" })
            File.Copy(Samples.Path(name), directory[Path.Combine("samples", name)]);
        await using var web = new ReaderWeb();
        await using var elsewhere = await PublicServer.StartAsync(sockets["receiver"]);
        var environment = new Dictionary<string, string>
        {
            ["MULTITALK_URL"] = web.Address.ToString().TrimEnd('/'),
            ["MULTITALK_KEY"] = ReaderWeb.Key,
            ["VOICE_URL"] = elsewhere.Address + "/voice.wav",
            ["HOOK_URL"] = elsewhere.Address + "/hook",
            ["ASPNETCORE_URLS"] = "http://unix:" + sockets["receiver"],
            // What the builds of the programs leave goes with the directory.
            ["XDG_DATA_HOME"] = Directory.CreateDirectory(directory["built"]).FullName,
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        };

        // Before the test's own time-out, which would not say where it was.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        enough.CancelAfter(_enough);
        var wrong = await ShellSession.RunAsync(directory.Path, await ExamplesAsync(), environment, enough.Token);

        Assert.True(wrong is null, wrong);
    }

    [Fact]
    public async Task No_block_of_the_guide_is_left_out()
    {
        var examples = await ExamplesAsync();

        Assert.All(examples, example => Assert.Contains(example.Language, _languages));
        foreach (var (index, example) in examples.Index())
        {
            if (example.Language == "csharp")
            {
                Assert.True(example.File is not null, $"Line {example.Line}: the first line does not name the file.");
                Assert.True(examples.Skip(index).Any(later => later.Language == "sh" && later.Text.Contains($" {example.File} ", StringComparison.Ordinal)), $"Nothing runs {example.File}.");
            }
            else if (ShellSession.IsOutput(example))
            {
                Assert.True(index > 0 && examples[index - 1].Language == "sh", $"Line {example.Line}: nothing printed this.");
            }
        }
    }

    private static async Task<IReadOnlyList<Example>> ExamplesAsync() =>
        Example.In(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "api.md"), TestContext.Current.CancellationToken));
}
