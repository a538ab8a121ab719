namespace MultiTalk.Web.Media;

/// <summary>An upload is larger than allowed; nothing of it was kept.</summary>
/// <param name="field">Which one.</param>
/// <param name="maxBytes">The limit in bytes.</param>
public sealed class UploadTooLargeException(string field, long maxBytes) : IOException($"\"{field}\" has more than {maxBytes} bytes.")
{
    /// <summary>Which one.</summary>
    public string Field { get; } = field;

    /// <summary>The limit in bytes.</summary>
    public long MaxBytes { get; } = maxBytes;
}
