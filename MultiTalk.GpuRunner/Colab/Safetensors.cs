using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>
/// Reads what a safetensors file says of itself: 8 bytes with the length of the header (little endian), the header in JSON,
/// the data. Only the header is read, and from it follows how long the file must be.
/// </summary>
internal static class Safetensors
{
    // The limit of the format's own library. Shards stay below 1 MB.
    private const int MaxHeaderBytes = 100_000_000;
    private const int PrefixBytes = sizeof(ulong);

    /// <summary>The names of the tensors.</summary>
    /// <exception cref="InvalidDataException">The file is cut off or no safetensors; the message goes on after its name.</exception>
    public static IReadOnlySet<string> ReadNames(Stream file)
    {
        var length = file.Length;
        if (length < PrefixBytes)
            throw new InvalidDataException($"ends after {length:N0} bytes, inside its header");
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        file.Position = 0;
        file.ReadExactly(prefix);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > MaxHeaderBytes)
            throw new InvalidDataException($"claims a header of {headerBytes:N0} bytes, so it is no safetensors file");
        var dataBytes = length - PrefixBytes - (long)headerBytes;
        if (dataBytes < 0)
            throw new InvalidDataException($"ends after {length:N0} bytes, inside its header");

        var header = new byte[headerBytes];
        file.ReadExactly(header);
        var tensors = Parse(header);
        var expected = tensors.Values.Max(tensor => tensor.End);
        if (expected != dataBytes)
            throw new InvalidDataException($"has {dataBytes:N0} bytes of data, but its header announces {expected:N0}");
        return tensors.Keys.ToHashSet(StringComparer.Ordinal);
    }

    private static Dictionary<string, Tensor> Parse(byte[] header)
    {
        try
        {
            var tensors = JsonSerializer.Deserialize<Dictionary<string, Tensor?>>(header) ?? [];
            tensors.Remove("__metadata__");
            if (tensors.Count > 0 && tensors.Values.All(tensor => tensor?.Offsets is [>= 0, >= 0]))
                return tensors!;
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new InvalidDataException("has a header that lists no tensors, so it is damaged");
    }

    private sealed record Tensor([property: JsonPropertyName("data_offsets")] long[]? Offsets)
    {
        public long End => Offsets![1];
    }
}
