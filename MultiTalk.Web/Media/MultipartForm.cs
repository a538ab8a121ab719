using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>A multipart body, part by part as it arrives.</summary>
internal static class MultipartForm
{
    // RFC 2046, 5.1.1 allows 70 characters.
    private const int MaxBoundary = 100;

    /// <summary>Whether a request says that it is one.</summary>
    public static bool Is(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads all parts.</summary>
    /// <param name="request">Its headers say the boundary.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="remedy">What to send if it is no form.</param>
    /// <param name="read">Reads one part, given its name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidRequestException"><c>form_expected</c> or <c>form_malformed</c>, and what <paramref name="read"/> throws.</exception>
    public static async Task ReadAsync(
        HttpRequest request, Stream body, string remedy, Func<string, MultipartSection, Task> read, CancellationToken cancellationToken)
    {
        if (!Is(request) || HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value is not { Length: > 0 and <= MaxBoundary } boundary)
            throw new InvalidRequestException("form_expected", "body", "The request is no multipart form.", remedy);

        var reader = new MultipartReader(boundary, body);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
                await read(HeaderUtilities.RemoveQuotes(section.GetContentDispositionHeader()?.Name ?? default).Value ?? "", section);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not (UploadTooLargeException or DiskFullException or BadHttpRequestException) && !cancellationToken.IsCancellationRequested)
        {
            throw new InvalidRequestException("form_malformed", "body", "The multipart form is malformed or ends too early.", "Let an HTTP library write it, and send it whole.");
        }
    }

    /// <summary>The client's name for the file in a part; null if the part names none, empty if no file was chosen in a browser.</summary>
    public static string? FileName(MultipartSection section) => section.GetContentDispositionHeader() switch
    {
        { FileNameStar: { HasValue: true } name } => name.Value,
        { FileName: { HasValue: true } name } => HeaderUtilities.RemoveQuotes(name).Value,
        _ => null,
    };
}
