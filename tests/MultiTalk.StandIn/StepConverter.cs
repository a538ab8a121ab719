using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.StandIn;

/// <summary>Writes a step as the list that the script reads.</summary>
internal sealed class StepConverter : JsonConverter<Step>
{
    public override Step Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Step value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.Parts, options);
}
