using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.Web.Jobs;

/// <summary>How the store writes what only the Web reads.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(QueuePause))]
internal sealed partial class JobsJson : JsonSerializerContext;
