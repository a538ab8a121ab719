namespace MultiTalk.Web.Jobs;

public static partial class Keys
{
    /// <summary>Hash of the settings that were changed while the program runs, for every Web.</summary>
    public const string Settings = Tag + "settings";

    /// <summary>Sorted set of the ids of shared jobs, ordered by name.</summary>
    public const string Shared = Tag + "shared";
}
