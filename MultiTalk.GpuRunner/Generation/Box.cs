using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// Where a person is, in pixels of the picture; in JSON the array <c>[top, left, bottom, right]</c>, rows first, as upstream
/// reads it (docs/contract.md, "input.json").
/// </summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Bottom">The row after the last.</param>
/// <param name="Right">The column after the last.</param>
[JsonConverter(typeof(BoxConverter))]
public sealed record Box(int Top, int Left, int Bottom, int Right)
{
    /// <inheritdoc/>
    public override string ToString() => $"[{Top}, {Left}, {Bottom}, {Right}]";
}

/// <summary>Reads and writes a box as an array of four whole numbers.</summary>
public sealed class BoxConverter : JsonConverter<Box>
{
    /// <inheritdoc/>
    public override Box Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<int> sides = stackalloc int[4];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw NotABox();
        for (var side = 0; side < sides.Length; side++)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out sides[side]))
                throw NotABox();
        }

        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new Box(sides[0], sides[1], sides[2], sides[3]) : throw NotABox();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Box value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Top);
        writer.WriteNumberValue(value.Left);
        writer.WriteNumberValue(value.Bottom);
        writer.WriteNumberValue(value.Right);
        writer.WriteEndArray();
    }

    private static JsonException NotABox() => new("A box is an array of four whole numbers: [top, left, bottom, right].");
}
