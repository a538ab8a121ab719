namespace MultiTalk.Web.Embedded;

/// <summary>Where everything goes that the embedded default writes.</summary>
public static class DataDirectory
{
    /// <summary>The setting, an environment variable too.</summary>
    public const string Setting = "MULTITALK_DATA";

    /// <summary>The data directory, absolute: what the setting says, or <c>./data</c>.</summary>
    public static string Of(IConfiguration configuration) =>
        Path.GetFullPath(configuration[Setting] is { Length: > 0 } path ? path : "data");
}
