using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Media;

/// <summary>The settings of the media store, section <c>Media</c>.</summary>
public sealed class MediaOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Media";

    /// <summary><see cref="Store"/> for a directory.</summary>
    public const string OnDisk = "disk";

    /// <summary><see cref="Store"/> for Azure Blob Storage.</summary>
    public const string InAzure = "azure";

    /// <summary><see cref="Store"/> for S3.</summary>
    public const string InS3 = "s3";

    /// <summary>Where media are: <c>disk</c>, <c>azure</c> or <c>s3</c>. More than one Web needs one of the clouds, or a disk that they share.</summary>
    [AllowedValues(OnDisk, InAzure, InS3, ErrorMessage = "Media:Store is neither disk nor azure nor s3. Set it to one of them.")]
    public string Store { get; set; } = OnDisk;

    /// <summary>The container, for <c>azure</c>.</summary>
    public AzureOptions Azure { get; set; } = new();

    /// <summary>The bucket, for <c>s3</c>.</summary>
    public S3Options S3 { get; set; } = new();

    /// <summary>The directory of the disk store; <c>media</c> in the data directory unless set.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>
    /// The local directory in which uploads are inspected; <c>incoming</c> in <see cref="Directory"/> unless set. On the file system of
    /// the disk store, taking a file into the store costs nothing.
    /// </summary>
    public string Scratch { get; set; } = "";

    /// <summary>How long an upload of a person is kept, from the moment it arrived.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepUploads { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often files are looked for that belong to nothing any more.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan CleanEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a store in a cloud may take for one answer, a block of 8 MB being sent included; after two more tries it is taken to be away.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether a program downloads a video from the store itself, by a link for a short while, where the store has links.</summary>
    public bool Redirect { get; set; } = true;

    /// <summary>How long the address of an input may take, from the first byte that is sent to the last that is received.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan FetchLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Largest picture in bytes.</summary>
    public long MaxImageBytes { get; set; } = 32 << 20;

    /// <summary>Largest voice in bytes.</summary>
    public long MaxVoiceBytes { get; set; } = 200 << 20;

    /// <summary>Largest output in bytes.</summary>
    public long MaxOutputBytes { get; set; } = 2L << 30;

    /// <summary>How often a store in a cloud is asked again what it did not answer.</summary>
    internal const int Retries = 2;

    /// <summary>Largest upload of a kind in bytes.</summary>
    internal long MaxBytes(MediaKind kind) => kind == MediaKind.Image ? MaxImageBytes : MaxVoiceBytes;
}
