namespace MultiTalk.Web.Jobs;

/// <summary>The scripts of the queue.</summary>
/// <param name="edit">Changes the text of a script, by its name; for the tests that prove that a missing fence is noticed.</param>
public sealed class Scripts(Func<string, string, string>? edit = null)
{
    // What goes in front of a script: names for its keys, and what more than one of them does.
    private static readonly string _common = Read("common");
    private static readonly string _ranks = Read("ranks");

    internal Script Submit { get; } = OfJob("submit", edit);

    internal Script Claim { get; } = OfJob("claim", edit);

    internal Script Plan { get; } = OfJob("plan", edit);

    internal Script Heartbeat { get; } = OfJob("heartbeat", edit);

    internal Script Log { get; } = OfJob("log", edit);

    internal Script Complete { get; } = OfJob("complete", edit);

    internal Script Fail { get; } = OfJob("fail", edit);

    internal Script Release { get; } = OfJob("release", edit);

    internal Script Cancel { get; } = OfJob("cancel", edit, _ranks);

    internal Script Prioritize { get; } = OfJob("prioritize", edit, _ranks);

    internal Script Remove { get; } = OfJob("remove", edit);

    internal Script Sweep { get; } = new(Read("sweep"));

    internal Script Seen { get; } = new(Read("seen"));

    // The first line says how the script may run, so it stays first.
    private static Script OfJob(string name, Func<string, string, string>? edit, string more = "")
    {
        var text = Read(name);
        var body = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        text = text[..body] + _common + more + text[body..];
        return new(edit is null ? text : edit(name, text));
    }

    private static string Read(string name)
    {
        using var stream = typeof(Scripts).Assembly.GetManifestResourceStream($"MultiTalk.Web.Jobs.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not part of this program. It must lie in Jobs/Scripts.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
