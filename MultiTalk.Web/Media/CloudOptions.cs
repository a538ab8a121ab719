namespace MultiTalk.Web.Media;

/// <summary>Where the store in Azure Blob Storage is, section <c>Media:Azure</c>.</summary>
public sealed class AzureOptions
{
    /// <summary>The connection string of the account; null to sign in as this program's identity at <see cref="ServiceUri"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The address of the account's blobs, such as <c>https://account.blob.core.windows.net</c>.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>The container; it is made if it is missing.</summary>
    public string Container { get; set; } = "multitalk";
}

/// <summary>Where the store in S3 is, section <c>Media:S3</c>.</summary>
public sealed class S3Options
{
    /// <summary>The address of a server that speaks S3; null for Amazon's.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The region, also for the signature of other servers.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>The bucket; it is made if it is missing.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Whether the bucket stands in the path of an address rather than in its host name, as most servers but Amazon's want it.</summary>
    public bool PathStyle { get; set; }

    /// <summary>The access key; null for what the environment or the machine provides.</summary>
    public string? AccessKey { get; set; }

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; set; }
}
