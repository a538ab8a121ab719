using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// The marks of a video as XMP, in a box of its own at the end of an mp4. Whoever does not know the box skips it.
/// </summary>
internal static class XmpPacket
{
    // XMP specification, part 3, "MPEG-4": the type of the box, and below the id of a packet.
    private static readonly byte[] _uuid = Convert.FromHexString("BE7ACFCB97A942E89C71999491E3AFAC");

    private const string PacketId = "W5M0MpCehiHzreSzNTczkc9d";

    private static readonly XNamespace _meta = "adobe:ns:meta/";
    private static readonly XNamespace _rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace _xmp = "http://ns.adobe.com/xap/1.0/";
    private static readonly XNamespace _dc = "http://purl.org/dc/elements/1.1/";
    private static readonly XNamespace _iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
    private static readonly XNamespace _own = "urn:multitalk:marks:1.0:";

    /// <summary>Appends the box to an mp4.</summary>
    /// <exception cref="DiskFullException">There is no room for it.</exception>
    public static async Task AppendAsync(string mp4, VideoMarks marks, CancellationToken cancellationToken)
    {
        try
        {
            await File.AppendAllBytesAsync(mp4, Box(marks), cancellationToken);
        }
        catch (IOException exception) when (DiskFullException.Means(exception))
        {
            throw new DiskFullException(exception);
        }
    }

    /// <summary>A box: its length, <c>uuid</c>, which uuid, the packet.</summary>
    private static byte[] Box(VideoMarks marks)
    {
        byte[] packet = Encoding.UTF8.GetBytes($"<?xpacket begin=\"\uFEFF\" id=\"{PacketId}\"?>\n{Document(marks)}\n<?xpacket end=\"r\"?>");
        var length = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)(length.Length + "uuid"u8.Length + _uuid.Length + packet.Length));
        return [.. length, .. "uuid"u8, .. _uuid, .. packet];
    }

    private static XElement Document(VideoMarks marks)
    {
        var description = new XElement(_rdf + "Description",
            new XAttribute(_rdf + "about", ""),
            new XAttribute(XNamespace.Xmlns + "xmp", _xmp), new XAttribute(XNamespace.Xmlns + "dc", _dc),
            new XAttribute(XNamespace.Xmlns + "Iptc4xmpExt", _iptc), new XAttribute(XNamespace.Xmlns + "multitalk", _own),
            new XElement(_xmp + "CreatorTool", marks.Generator),
            Text("title", marks.Title),
            Text("description", marks.Description),
            new XElement(_iptc + "DigitalSourceType", marks.DigitalSourceType),
            new XElement(_own + "Job", marks.Job),
            new XElement(_own + "Seed", marks.Seed.ToString(CultureInfo.InvariantCulture)),
            new XElement(_own + "Engine", marks.Engine));
        if (marks.Model is { } model)
        {
            description.Add(
                new XElement(_iptc + "AISystemUsed", VideoMarks.AiSystem), new XElement(_iptc + "AISystemVersionUsed", model),
                new XElement(_own + "Model", $"{VideoMarks.AiSystem} ({model})"));
        }

        return new XElement(_meta + "xmpmeta", new XAttribute(XNamespace.Xmlns + "x", _meta),
            new XElement(_rdf + "RDF", new XAttribute(XNamespace.Xmlns + "rdf", _rdf), description));
    }

    // Texts for people exist once for each language.
    private static XElement Text(string name, string text) =>
        new(_dc + name, new XElement(_rdf + "Alt", new XElement(_rdf + "li", new XAttribute(XNamespace.Xml + "lang", "x-default"), text)));
}
