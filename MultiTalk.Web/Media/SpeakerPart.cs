using System.Text.Json;
using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Web.Media;

/// <summary>One speaker of a submission, beside the voice that is uploaded for the same number.</summary>
/// <param name="Silent">The person says nothing.</param>
/// <param name="Text">What a machine speaks, in place of a voice.</param>
/// <param name="TtsVoice">The voice in which it does, such as <c>af_heart</c>.</param>
/// <param name="Box">Where the person is in the picture: <c>[top, left, bottom, right]</c> in pixels.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SpeakerPart(bool Silent = false, string? Text = null, string? TtsVoice = null, Box? Box = null);

/// <summary>A submission in JSON. The picture and the voices are ids of uploads, or https addresses.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Voice1">The first voice.</param>
/// <param name="Voice2">The second voice.</param>
/// <param name="Speakers">Who speaks; one person for each voice unless given.</param>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Options">What was chosen.</param>
/// <param name="Priority">From −10 to 10; more than 0 is for those who operate.</param>
/// <param name="Webhook">Where this job is to be reported, beside its owner's webhooks.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SubmissionDocument(
    string? Image = null,
    string? Voice1 = null,
    string? Voice2 = null,
    IReadOnlyList<SpeakerPart?>? Speakers = null,
    string? Prompt = null,
    GenerationOptions? Options = null,
    int? Priority = null,
    JobWebhook? Webhook = null);

/// <summary>How submissions are written.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<SpeakerPart>))]
[JsonSerializable(typeof(SubmissionDocument))]
[JsonSerializable(typeof(int?))]
internal sealed partial class MediaJson : JsonSerializerContext;
