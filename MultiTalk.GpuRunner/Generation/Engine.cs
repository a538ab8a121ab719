namespace MultiTalk.GpuRunner.Generation;

/// <summary>The names of the two engines.</summary>
public static class Engine
{
    /// <summary>The real script on a GPU.</summary>
    public const string MultiTalk = "multitalk";

    /// <summary>The stand-in that needs no GPU and renders an animatic, labelled as such.</summary>
    public const string Preview = "preview";

    /// <summary>All engines, best first.</summary>
    public static IReadOnlyList<string> All { get; } = [MultiTalk, Preview];
}
