using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MultiTalk.GpuRunner.Contracts;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>Reads a job from its hash on Redis. The scripts and <see cref="JobStore"/> write it.</summary>
internal static class JobHash
{
    /// <summary>How a state is written.</summary>
    public static string Name(JobState state) => state.ToString().ToLowerInvariant();

    /// <summary>Reads the name of a state; nothing is no state, which is right too.</summary>
    public static bool TryState(string? name, out JobState? state)
    {
        state = Enum.GetValues<JobState>().Cast<JobState?>().FirstOrDefault(known => Name(known!.Value) == name);
        return string.IsNullOrEmpty(name) || state is not null;
    }

    /// <summary>A job; null if there is none.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static Job? Read(string id, HashEntry[] entries)
    {
        try
        {
            return entries.Length == 0 ? null : Read(id, entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidCastException or ArgumentException)
        {
            throw new InvalidDataException($"The job {id} cannot be read ({exception.Message}). Another version of MultiTalk stored it, or something else did; submit it again.", exception);
        }
    }

    /// <summary>A field that holds JSON; null if there is none.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    public static T? Read<T>(RedisValue json, JsonTypeInfo<T> type)
        where T : class =>
        json.IsNull ? null : JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)json).Span, type);

    private static Job Read(string id, Dictionary<string, RedisValue> fields)
    {
        var attempt = (int)fields["attempt"];
        var request = Json(fields, "request", JobsJson.Default.JobRequest)
            ?? throw new InvalidDataException($"The job {id} has no request on Redis. Something else than MultiTalk wrote it.");
        return new Job
        {
            Id = id,
            Sequence = (long)fields.GetValueOrDefault("sequence"),
            Priority = (int)fields.GetValueOrDefault("priority"),
            Shared = fields.GetValueOrDefault("shared") == 1,
            RetryOf = fields.GetValueOrDefault("retryOf"),
            State = Enum.Parse<JobState>((string)fields["state"]!, ignoreCase: true),
            Owner = (string)fields["owner"]!,
            Request = request,
            Plan = Json(fields, "plan", ContractsJson.Default.GenerationPlan) ?? request.Plan,
            Parity = Json(fields, "parity", ContractsJson.Default.IReadOnlyListParityCheck) ?? [],
            Attempt = attempt,
            Runner = fields.GetValueOrDefault("runner"),
            Progress = Json(fields, "progress", ContractsJson.Default.GenerationProgress),
            TraceParent = fields.GetValueOrDefault("traceParent"),
            CreatedAt = Time(fields, "createdAt") ?? default,
            StartedAt = Time(fields, "startedAt"),
            FinishedAt = Time(fields, "finishedAt"),
            Attempts = [.. Enumerable.Range(1, attempt).Select(number => Attempt(fields, number)).OfType<JobAttempt>()],
            Error = Json(fields, "error", ContractsJson.Default.JobError),
            Video = Json(fields, "video", ContractsJson.Default.VideoFacts),
        };
    }

    // Only the last ones are kept.
    private static JobAttempt? Attempt(Dictionary<string, RedisValue> fields, int number)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"attempt:{number}:");
        if (!fields.TryGetValue(prefix + "runner", out var runner))
            return null;
        return new JobAttempt(
            number,
            (string)runner!,
            Time(fields, prefix + "startedAt") ?? default,
            Time(fields, prefix + "finishedAt"),
            fields.GetValueOrDefault(prefix + "outcome"),
            Json(fields, prefix + "error", ContractsJson.Default.JobError));
    }

    private static DateTimeOffset? Time(Dictionary<string, RedisValue> fields, string name) =>
        fields.TryGetValue(name, out var value) ? DateTimeOffset.FromUnixTimeMilliseconds((long)value) : null;

    private static T? Json<T>(Dictionary<string, RedisValue> fields, string name, JsonTypeInfo<T> type)
        where T : class =>
        fields.TryGetValue(name, out var value) ? Read(value, type) : null;
}
