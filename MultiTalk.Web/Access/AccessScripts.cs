using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>What has to happen in one step on Redis: the <c>.lua</c> files in <c>Scripts</c>.</summary>
internal static class AccessScripts
{
    public static Script Admit { get; } = Of("admit");

    public static Script Spend { get; } = Of("spend");

    public static Script Bind { get; } = Of("bind");

    private static Script Of(string name)
    {
        using var stream = typeof(AccessScripts).Assembly.GetManifestResourceStream($"MultiTalk.Web.Access.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not part of this program. It must lie in Access/Scripts.");
        using var reader = new StreamReader(stream);
        return new(reader.ReadToEnd());
    }
}
