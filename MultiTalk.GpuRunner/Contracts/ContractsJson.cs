using System.Text.Json;
using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>
/// The one way in which Web, runner, store and command line write these records: camel case, enums as lower-case words.
/// What is missing or null and may not be is refused when it is read.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(Claim))]
[JsonSerializable(typeof(LeaveRequest))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatAnswer))]
[JsonSerializable(typeof(VideoFacts))]
[JsonSerializable(typeof(JobError))]
[JsonSerializable(typeof(GenerationOptions))]
[JsonSerializable(typeof(GenerationPlan))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(ModelReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(RunnerAbilities))]
[JsonSerializable(typeof(IReadOnlyList<ParityCheck>))]
[JsonSerializable(typeof(IReadOnlyList<Probe>))]
[JsonSerializable(typeof(IReadOnlyList<Measurement>))]
public sealed partial class ContractsJson : JsonSerializerContext;
