using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.Web.Jobs;

/// <summary>How the store writes what only the Web reads. What is missing or null and may not be is refused when it is read.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(QueuePause))]
internal sealed partial class JobsJson : JsonSerializerContext;
