using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Media;

/// <summary>What an upload is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MediaKind>))]
public enum MediaKind
{
    /// <summary>A picture, stored as PNG.</summary>
    Image,

    /// <summary>A voice, stored as WAV.</summary>
    Voice,
}

/// <summary>An upload that is kept for jobs to come. It never changes.</summary>
/// <param name="Id">32 lower-case hexadecimal digits that rise with time.</param>
/// <param name="Owner">Whose it is; nobody else can read or use it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The client's name for the file, to be shown only; empty if it gave none.</param>
/// <param name="Bytes">The length of what is stored.</param>
/// <param name="Sha256">The hash of what is stored, lower-case hexadecimal.</param>
/// <param name="CreatedAt">When it was stored.</param>
/// <param name="ExpiresAt">When it is forgotten.</param>
public sealed record MediaRecord(
    string Id, string Owner, MediaKind Kind, string Name, long Bytes, string Sha256, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>The measures of a picture; null for a voice.</summary>
    public PictureFacts? Picture { get; init; }

    /// <summary>The measures of a voice; null for a picture.</summary>
    public VoiceFacts? Voice { get; init; }

    /// <summary>Its name in the media store.</summary>
    public string StoredAs => StoreName(Id, Kind);

    /// <summary>What it is called in the media store.</summary>
    public static string StoreName(string id, MediaKind kind) => $"media/{id}/{FileName(kind)}";

    /// <summary>The last part of its name in the media store.</summary>
    public static string FileName(MediaKind kind) => kind == MediaKind.Image ? "image.png" : "voice.wav";

    /// <summary>The type of what is stored, whatever was sent.</summary>
    public static string ContentType(MediaKind kind) => kind == MediaKind.Image ? "image/png" : "audio/wav";
}
