using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>What has to happen in one step on Redis: the <c>.lua</c> files in <c>Scripts</c>.</summary>
internal static class AccessScripts
{
    public static Script Admit { get; } = Of("admit");

    public static Script Spend { get; } = Of("spend");

    public static Script Bind { get; } = Of("bind");

    private static Script Of(string name) => new(Script.TextOf("Access", name));
}
