using System.Text.Json.Serialization;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>Adds what the endpoints need.</summary>
public static class ApiServices
{
    /// <summary>Adds what the endpoints need.</summary>
    public static WebApplicationBuilder AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<JobSubmission>();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemHandler>();
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull);
        return builder;
    }
}
