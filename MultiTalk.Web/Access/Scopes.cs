namespace MultiTalk.Web.Access;

/// <summary>What a key or a person may do.</summary>
public static class Scopes
{
    /// <summary>Submit jobs and cancel one's own.</summary>
    public const string Submit = "submit";

    /// <summary>Read one's own jobs.</summary>
    public const string Read = "read";

    /// <summary>Read everybody's jobs.</summary>
    public const string ReadAll = "read-all";

    /// <summary>Operate queue and runners; cancel everybody's jobs.</summary>
    public const string Operate = "operate";

    /// <summary>Manage keys, tokens and settings.</summary>
    public const string Administer = "administer";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Submit, Read, ReadAll, Operate, Administer];
}
