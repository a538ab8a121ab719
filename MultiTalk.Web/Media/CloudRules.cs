using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Media;

/// <summary>What can be wrong with the settings of a store in a cloud and is seen without asking it: that ends the start.</summary>
internal sealed partial class CloudRules : IValidateOptions<MediaOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, MediaOptions options)
    {
        var wrong = (options.Store switch
        {
            MediaOptions.InAzure => OfAzure(options.Azure),
            MediaOptions.InS3 => OfS3(options.S3),
            _ => [],
        }).ToList();
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> OfAzure(AzureOptions azure)
    {
        if (!string.IsNullOrEmpty(azure.ConnectionString) ? !IsSound(azure.ConnectionString) : azure.ServiceUri is not null && !IsWeb(azure.ServiceUri))
            yield return "Media:Azure:ConnectionString or Media:Azure:ServiceUri cannot be read. Copy it once more from the account's page.";
        else if (string.IsNullOrEmpty(azure.ConnectionString) && azure.ServiceUri is null)
            yield return "Media:Store is azure, but it is not said which. Set Media:Azure:ServiceUri to the address of the account's blobs, or Media:Azure:ConnectionString.";
        if (!Container().IsMatch(azure.Container))
            yield return $"Media:Azure:Container cannot be \"{azure.Container}\". Use 3 to 63 lower-case letters, digits and single hyphens.";
    }

    private static IEnumerable<string> OfS3(S3Options s3)
    {
        if (s3.Region.Length == 0 || s3.Bucket.Length == 0 || (s3.Endpoint is not null && !IsWeb(s3.Endpoint)))
            yield return "Media:Store is s3, but it is not said where. Set Media:S3:Bucket and Media:S3:Region, and for another server than Amazon's Media:S3:Endpoint to its address.";
        else if (!Bucket().IsMatch(s3.Bucket))
            yield return $"Media:S3:Bucket cannot be \"{s3.Bucket}\". Use 3 to 63 lower-case letters, digits, hyphens and dots.";
        if (string.IsNullOrEmpty(s3.AccessKey) != string.IsNullOrEmpty(s3.SecretKey))
            yield return "Only one of Media:S3:AccessKey and Media:S3:SecretKey is set. Set both, or neither to use what the machine provides.";
    }

    private static bool IsWeb(Uri address) => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);

    // Also whether the key is one: base64.
    private static bool IsSound(string connectionString)
    {
        try
        {
            _ = new BlobServiceClient(connectionString);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#container-names
    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Container();

    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex Bucket();
}
