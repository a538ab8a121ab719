using System.Text.Encodings.Web;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The contracts' JSON as people read it: indented, and no letter escaped without need.</summary>
internal static class ReadableJson
{
    /// <summary>The same names and rules as everywhere.</summary>
    public static ContractsJson Contracts { get; } = new(new JsonSerializerOptions(ContractsJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
