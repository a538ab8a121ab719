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
            .BindConfiguration(MediaOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<DiskMediaStore>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DiskMediaStore>());
        return builder;
    }
}
