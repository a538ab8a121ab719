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
        builder.Services.Configure<RouteOptions>(options => options.ConstraintMap.Add(JobIdConstraint.Name, typeof(JobIdConstraint)));
        // A bad request is then an exception, which gets its problem document like any other.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        return builder;
    }
}
