using System.Text.RegularExpressions;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed partial class ScriptTests
{
    public static TheoryData<string, string> Scripts { get; } = new(
        from name in typeof(Script).Assembly.GetManifestResourceNames()
        where name.EndsWith(".lua", StringComparison.Ordinal)
        select (name, new StreamReader(typeof(Script).Assembly.GetManifestResourceStream(name)!).ReadToEnd()));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_touches_no_key_that_it_does_not_declare(string name, string text)
    {
        // Redis Cluster runs a script where its declared keys live; an undeclared one would lie elsewhere.
        var undeclared = Calls().Matches(text)
            .Where(call => call.Groups["command"].Value is not ("TIME" or "PUBLISH") && !call.Groups["key"].Value.StartsWith("KEYS[", StringComparison.Ordinal));

        Assert.NotEmpty(Calls().Matches(text));
        Assert.True(!undeclared.Any(), $"{name}: {string.Join(", ", undeclared)}");
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_that_ends_or_frees_work_runs_on_a_full_server_too(string name, string text)
    {
        var frees = !name.EndsWith("submit.lua", StringComparison.Ordinal) && !name.EndsWith("claim.lua", StringComparison.Ordinal);

        Assert.StartsWith(frees ? "#!lua flags=allow-oom\n" : "#!lua\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_lies_in_one_slot()
    {
        string[] keys =
        [
            Keys.Jobs, Keys.Leases, Keys.Runners, Keys.ApiKeys, Keys.RunnerTokens, Keys.DataProtection,
            Keys.Job("x")!, Keys.JobLog("x")!, Keys.JobsOf("x")!, Keys.Queue("x")!, Keys.Runner("x")!, Keys.SignIn("x")!,
        ];

        Assert.All(keys, key => Assert.StartsWith("{mt}:", key, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"redis\.call\('(?<command>\w+)'(, *(?<key>[^,)]+))?")]
    private static partial Regex Calls();
}
