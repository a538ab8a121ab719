namespace MultiTalk.Tests.Docs;

public sealed class ShellSessionTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("```sh\nGREETING=hello\n```\n```sh\necho $GREETING\n```\n```text\nhello\n```\n", null)]
    [InlineData("```sh\nprintf 'a\\nb\\n{\"id\":\"0198\"}\\n'\n```\n```text\n…\n{\"id\":\"…\"}\n```\n", null)]
    [InlineData("```sh\necho hello\n```\n```text\nhello\nyou\n```\n", "Line 4 shows something else than was printed:\nhello")]
    [InlineData("```sh\necho 12\n```\n```text\n1\n```\n", "Line 4 shows")]
    [InlineData("```sh\necho one\n```\n```sh\ncurl --no-such-flag\n```\n", "The block in line 4 ended with 2:\ncurl: option --no-such-flag")]
    [InlineData("```sh\necho one | false | cat\n```\n", "The block in line 1 ended with 1")]
    [InlineData("```sh\necho $UNKNOWN\n```\n", "The block in line 1 ended with")]
    [InlineData("```sh\nsleep 3600 & true\n```\n", null)]
    public async Task An_example_that_fails_or_prints_something_else_is_named(string document, string? wrong)
    {
        using var directory = new TempDirectory();

        var said = await ShellSession.RunAsync(directory.Path, Example.In(document), new Dictionary<string, string>(), TestContext.Current.CancellationToken);

        if (wrong is null)
            Assert.Null(said);
        else
            Assert.StartsWith(wrong, said, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_is_saved_under_the_name_in_its_first_line()
    {
        using var directory = new TempDirectory();
        const string Program = "// talk.cs: says \"$HOME\".\nConsole.WriteLine();\n";

        var said = await ShellSession.RunAsync(directory.Path, Example.In($"```csharp\n{Program}```\n```sh\ncat talk.cs\n```\n"), new Dictionary<string, string>(), TestContext.Current.CancellationToken);

        Assert.Null(said);
        Assert.Equal(Program, await File.ReadAllTextAsync(directory["talk.cs"], TestContext.Current.CancellationToken));
    }
}
