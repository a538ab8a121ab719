using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>Writes an enum as a camel-case word.</summary>
/// <typeparam name="T">The enum.</typeparam>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
