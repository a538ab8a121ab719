using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Media;

/// <summary>The settings of the media store, section <c>Media</c>.</summary>
public sealed class MediaOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Media";

    /// <summary>The directory of the disk store; <c>media</c> in the data directory unless set.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>Largest picture in bytes.</summary>
    public long MaxImageBytes { get; set; } = 32 << 20;

    /// <summary>Largest voice in bytes.</summary>
    public long MaxVoiceBytes { get; set; } = 200 << 20;

    /// <summary>Largest output in bytes.</summary>
    public long MaxOutputBytes { get; set; } = 2L << 30;
}
