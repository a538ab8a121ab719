using System.Text.Json;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Why a file or folder of a model volume cannot be used, as far as the first and last bytes of a file tell.</summary>
/// <param name="Code">As in <see cref="ModelProblem.Code"/>.</param>
/// <param name="What">What to say after the name of the file, without a full stop.</param>
internal sealed record FileFault(string Code, string What)
{
    /// <summary>The code of a file that is not there.</summary>
    public const string Missing = "file_missing";

    /// <summary>The code of a file that ends too early, or is damaged.</summary>
    public const string Truncated = "file_truncated";

    /// <summary>The code of what the operating system does not let us read.</summary>
    public const string Unreadable = "unreadable";

    private const int HeadBytes = 64;

    // A zip archive ends with a record of this size and a comment of up to 65,535 bytes.
    private const int ZipEndBytes = 22;

    private static ReadOnlySpan<byte> Pointer => "version https://git-lfs.github.com/spec/"u8;

    private static ReadOnlySpan<byte> ZipStart => "PK\u0003\u0004"u8;

    private static ReadOnlySpan<byte> ZipEnd => "PK\u0005\u0006"u8;

    private static ReadOnlySpan<byte> White => " \t\r\n"u8;

    /// <summary>What is wrong with a file, by its kind; null if it looks whole.</summary>
    public static FileFault? Of(string path) => Of(path, stream => Look(Path.GetExtension(path), stream));

    /// <summary>What is wrong with a file; null if it looks whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="look">Looks into it, once it is known to be there and no pointer.</param>
    public static FileFault? Of(string path, Func<FileStream, FileFault?> look)
    {
        try
        {
            if (Find(path) is not { } file)
                return new(Missing, Absence(path));
            // Before it is opened: a pipe has no length either, and opening one would wait for a writer.
            if (file.Length == 0)
                return new("file_empty", "is empty");

            // No lock: a volume is shared, and some network file systems know none.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Read(stream, HeadBytes).AsSpan().StartsWith(Pointer)
                ? new("file_is_pointer", "is a pointer of Git LFS, a few lines of text in the place of the file itself")
                : look(stream);
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            return new(Truncated, exception is JsonException ? "is no valid JSON: cut off or damaged" : exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return NotRead(exception);
        }
    }

    /// <summary>What is wrong with a folder; null if it can be listed and entered.</summary>
    public static FileFault? OfFolder(string path)
    {
        if (!Directory.Exists(path))
            return new("folder_missing", Absence(path));
        try
        {
            // Listing takes one right and entering another, which the first entry shows.
            if (Directory.EnumerateFileSystemEntries(path).FirstOrDefault() is { } entry)
                File.GetAttributes(entry);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return NotRead(exception);
        }
    }

    /// <summary>Whether there is a file.</summary>
    public static bool IsFile(string path)
    {
        try
        {
            return Find(path) is not null;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether this is a link to something that is not there.</summary>
    public static bool IsBrokenLink(FileSystemInfo entry)
    {
        try
        {
            return entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };
        }
        catch (IOException)
        {
            // A circle.
            return true;
        }
    }

    private static FileFault NotRead(Exception exception) => new(Unreadable, $"cannot be read ({exception.Message.TrimEnd('.')})");

    private static string Absence(string path) => new FileInfo(path).LinkTarget is { } target ? $"is a link to {target}, which is not there"
        : Directory.Exists(path) ? "is a folder, not a file"
        : File.Exists(path) ? "is a file, not a folder"
        : "is not there";

    // After links, because what .NET calls existing may be a link to nothing.
    private static FileInfo? Find(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true } found ? found : null;
        }
        catch (IOException)
        {
            // It is not there, or a link to itself.
            return null;
        }
    }

    private static FileFault? Look(string extension, FileStream stream)
    {
        switch (extension)
        {
            case ".safetensors":
                Safetensors.ReadNames(stream);
                return null;
            case ".json":
                // Tokenizers have 17 MB of it. A file that is cut off hardly ever ends with the bracket it began with.
                return Read(stream, HeadBytes).AsSpan().TrimStart(White).StartsWith("{"u8) && ReadEnd(stream, HeadBytes).AsSpan().TrimEnd(White).EndsWith("}"u8)
                    ? null
                    : new(Truncated, "is no whole JSON object: cut off or damaged");
            default:
                // What PyTorch saves is a zip archive, and its directory stands at the end. Older files are not, and say nothing.
                return !Read(stream, HeadBytes).AsSpan().StartsWith(ZipStart) || EndsZip(ReadEnd(stream, ZipEndBytes + ushort.MaxValue))
                    ? null
                    : new(Truncated, "has no end: it is cut off");
        }
    }

    private static bool EndsZip(ReadOnlySpan<byte> end) => end.LastIndexOf(ZipEnd) is >= 0 and var start && end.Length - start >= ZipEndBytes;

    private static byte[] Read(FileStream stream, int most)
    {
        var bytes = new byte[Math.Min(most, stream.Length - stream.Position)];
        stream.ReadExactly(bytes);
        stream.Position = 0;
        return bytes;
    }

    private static byte[] ReadEnd(FileStream stream, int most)
    {
        stream.Position = Math.Max(0, stream.Length - most);
        return Read(stream, most);
    }
}
