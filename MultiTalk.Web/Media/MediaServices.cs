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
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MediaOptions>, CloudRules>();
        builder.Services.AddSingleton<Scratch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Scratch>());
        builder.Services.AddSingleton<JobFiles>();
        builder.Services.AddSingleton<Thumbnails>();
        builder.Services.AddSingleton<DiskMediaStore>();
        builder.Services.AddSingleton<AzureBlobMediaStore>();
        builder.Services.AddSingleton<S3MediaStore>();
        builder.Services.AddSingleton<IMediaStore>(services => new GuardedMediaStore(Chosen(services)));
        builder.Services.AddSingleton<MediaHealth>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MediaHealth>());
        builder.Services.AddHealthChecks().AddCheck<MediaHealth>("media");
        builder.Services.AddSingleton<StoreTie>();
        builder.Services.AddHostedService<OrphanFiles>();
        builder.Services.AddSingleton<MediaRecords>();
        builder.Services.AddSingleton<MediaUploads>();
        builder.Services.AddSingleton<InputFetcher>();
        builder.Services.AddSingleton<SubmissionInputs>();
        return builder;
    }

    private static IMediaStore Chosen(IServiceProvider services) => services.GetRequiredService<IOptions<MediaOptions>>().Value.Store switch
    {
        MediaOptions.InAzure => services.GetRequiredService<AzureBlobMediaStore>(),
        MediaOptions.InS3 => services.GetRequiredService<S3MediaStore>(),
        _ => services.GetRequiredService<DiskMediaStore>(),
    };
}
