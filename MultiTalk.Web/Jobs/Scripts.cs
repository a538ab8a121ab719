using System.Text;

namespace MultiTalk.Web.Jobs;

/// <summary>The scripts of the queue.</summary>
/// <param name="edit">Changes the text of a script, by its name; for the tests that prove that a missing fence is noticed.</param>
public sealed class Scripts(Func<string, string, string>? edit = null)
{
    internal Script Submit { get; } = OfJob("submit", edit, "turns");

    internal Script Claim { get; } = OfJob("claim", edit, "turns");

    internal Script Plan { get; } = OfJob("plan", edit, "attempts");

    internal Script Heartbeat { get; } = OfJob("heartbeat", edit, "attempts");

    internal Script Log { get; } = OfJob("log", edit, "attempts");

    internal Script Complete { get; } = OfJob("complete", edit, "attempts", "ends");

    internal Script Fail { get; } = OfJob("fail", edit, "attempts", "ends", "turns");

    internal Script Release { get; } = OfJob("release", edit, "attempts", "turns");

    internal Script Cancel { get; } = OfJob("cancel", edit, "attempts", "ends", "turns", "ranks");

    internal Script Prioritize { get; } = OfJob("prioritize", edit, "turns", "ranks");

    internal Script Share { get; } = OfJob("share", edit);

    internal Script Remove { get; } = OfJob("remove", edit, "attempts", "ends");

    internal Script Sweep { get; } = Alone("sweep", edit);

    internal Script Prune { get; } = Alone("prune", edit);

    internal Script Seen { get; } = Alone("seen", edit);

    // In front of a script of a job go names for its keys, and of what several scripts do, the parts that it uses: those that it
    // does not would cost every call. The first line says how the script may run, so it stays first.
    private static Script OfJob(string name, Func<string, string, string>? edit, params ReadOnlySpan<string> parts)
    {
        var text = Read(name);
        var body = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        var front = new StringBuilder(text, 0, body, 8_192).Append(Read("Parts.common"));
        foreach (var part in parts)
            front.Append(Read("Parts." + part));
        return Edited(name, front.Append(text, body, text.Length - body).ToString(), edit);
    }

    private static Script Alone(string name, Func<string, string, string>? edit) => Edited(name, Read(name), edit);

    private static Script Edited(string name, string text, Func<string, string, string>? edit) => new(edit is null ? text : edit(name, text));

    private static string Read(string name) => Script.TextOf("Jobs", name);
}
