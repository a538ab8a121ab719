using Microsoft.Extensions.Options;
using MultiTalk.Web.Embedded;

namespace MultiTalk.Web.Media;

/// <summary>Adds the media store.</summary>
public static class MediaServices
{
    /// <summary>Adds the media store.</summary>
    public static WebApplicationBuilder AddMedia(this WebApplicationBuilder builder)
    {
        var inData = Path.Combine(DataDirectory.Of(builder.Configuration), "media");
        builder.Services.AddOptions<MediaOptions>().Configure(options => options.Directory = inData)
            .BindConfiguration(MediaOptions.Section)
            .PostConfigure(options => options.Scratch = string.IsNullOrEmpty(options.Scratch) ? Path.Combine(options.Directory, MediaName.Incoming) : options.Scratch)
            .ValidateDataAnnotations()
            .Validate(
                media => media.Store != MediaOptions.InAzure || !string.IsNullOrEmpty(media.Azure.ConnectionString) || media.Azure.ServiceUri is { IsAbsoluteUri: true },
                "Media:Store is azure, but it is not said which. Set Media:Azure:ServiceUri to the address of the account's blobs, or Media:Azure:ConnectionString.")
            .Validate(
                media => media.Store != MediaOptions.InS3 || media.S3 is { Bucket.Length: > 0, Region.Length: > 0, Endpoint: null or { IsAbsoluteUri: true } },
                "Media:Store is s3, but it is not said where. Set Media:S3:Bucket and Media:S3:Region, and for another server than Amazon's Media:S3:Endpoint to its address.")
            .Validate(
                media => string.IsNullOrEmpty(media.S3.AccessKey) == string.IsNullOrEmpty(media.S3.SecretKey),
                "Only one of Media:S3:AccessKey and Media:S3:SecretKey is set. Set both, or neither to use what the machine provides.")
            .ValidateOnStart();
        builder.Services.AddSingleton<Scratch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Scratch>());
        builder.Services.AddSingleton<JobFiles>();
        builder.Services.AddSingleton<Thumbnails>();
        builder.Services.AddSingleton<DiskMediaStore>();
        builder.Services.AddSingleton<AzureBlobMediaStore>();
        builder.Services.AddSingleton<S3MediaStore>();
        builder.Services.AddSingleton(Chosen<IMediaStore>);
        builder.Services.AddSingleton(Chosen<IHostedService>);
        builder.Services.AddHostedService<OrphanFiles>();
        builder.Services.AddSingleton<MediaRecords>();
        builder.Services.AddSingleton<MediaUploads>();
        builder.Services.AddSingleton<InputFetcher>();
        builder.Services.AddSingleton<SubmissionInputs>();
        return builder;
    }

    private static T Chosen<T>(IServiceProvider services)
        where T : class =>
        (T)(services.GetRequiredService<IOptions<MediaOptions>>().Value.Store switch
        {
            MediaOptions.InAzure => services.GetRequiredService<AzureBlobMediaStore>(),
            MediaOptions.InS3 => services.GetRequiredService<S3MediaStore>(),
            _ => (object)services.GetRequiredService<DiskMediaStore>(),
        });
}
