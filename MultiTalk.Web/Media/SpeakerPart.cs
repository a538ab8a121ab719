using System.Text.Json;
using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Media;

/// <summary>One speaker of a submission, beside the voice that is uploaded for the same number.</summary>
/// <param name="Silent">The person says nothing.</param>
/// <param name="Text">What a machine speaks, in place of a voice.</param>
/// <param name="TtsVoice">The voice in which it does, such as <c>af_heart</c>.</param>
/// <param name="Box">Where the person is in the picture: <c>[top, left, bottom, right]</c> in pixels.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SpeakerPart(bool Silent = false, string? Text = null, string? TtsVoice = null, Box? Box = null);

/// <summary>How the texts of a submission are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(IReadOnlyList<SpeakerPart>))]
internal sealed partial class MediaJson : JsonSerializerContext;
