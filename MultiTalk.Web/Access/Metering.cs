using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>Counts what is asked of an endpoint, and refuses what is too much.</summary>
public static class Metering
{
    private static readonly TimeSpan _someTime = TimeSpan.FromMinutes(1);

    /// <summary>Counts requests as submissions: a number a minute, and none once the minutes of graphics cards are used up.</summary>
    public static RouteHandlerBuilder MeterSubmissions(this RouteHandlerBuilder endpoint) =>
        endpoint.AddEndpointFilter(AdmitAsync).WithProblems("too_many_submissions", "too_many_queued", "gpu_minutes_used_up");

    /// <summary>Counts the bytes of requests, for each day. The endpoint reads the body itself.</summary>
    public static RouteHandlerBuilder MeterUploads(this RouteHandlerBuilder endpoint) => endpoint.AddEndpointFilter(CountAsync).WithProblems("upload_bytes_used_up");

    private static async ValueTask<object?> AdmitAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var quotas = http.RequestServices.GetRequiredService<Quotas>();
        var limits = quotas.LimitsOf(http.User);
        var admission = await quotas.AdmitAsync(http.User.Owner(), limits);
        if (admission.Code < 0)
            return Later(http, UntilTomorrow(http), Problems.GpuMinutesUsedUp(limits.GpuMinutesADay ?? 0));
        if (limits.SubmissionsAMinute is > 0 and var most)
            Announce(http.Response.Headers, most, admission);
        if (admission.Code == 0)
            return Later(http, admission.Wait, Problems.TooManySubmissions(limits.SubmissionsAMinute ?? 0));
        var answer = await next(context);
        // When a runner will take the next one is not known.
        return answer is ProblemHttpResult { StatusCode: StatusCodes.Status429TooManyRequests } full ? Later(http, _someTime, full) : answer;
    }

    // https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers: quota and window, what remains and the seconds until there is more.
    private static void Announce(IHeaderDictionary headers, int most, Admission admission)
    {
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"submissions\";q={most};w=60");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"submissions\";r={admission.Remaining};t={(long)Math.Ceiling(admission.Wait.TotalSeconds)}");
    }

    private static async ValueTask<object?> CountAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var quotas = http.RequestServices.GetRequiredService<Quotas>();
        var limit = quotas.LimitsOf(http.User).UploadBytesADay ?? 0;
        // Of the day on which it began, also what is given back.
        var day = Keys.UsageToday(http.User.Owner());
        var announced = http.Request.ContentLength ?? 0;
        if (!await quotas.SpendAsync(day, announced, limit))
            return Later(http, UntilTomorrow(http), Problems.UploadBytesUsedUp(limit));

        await using var body = new MeteredStream(http.Request.Body, announced, bytes => quotas.SpendAsync(day, bytes, limit));
        http.Request.Body = body;
        try
        {
            return await next(context);
        }
        catch (UploadUsedUpException)
        {
            return Later(http, UntilTomorrow(http), Problems.UploadBytesUsedUp(limit));
        }
        finally
        {
            if (body.Spare > 0)
                await quotas.SpendAsync(day, -body.Spare, 0);
        }
    }

    /// <summary>Says in an answer when to come back: RFC 9110, section 10.2.3, in whole seconds.</summary>
    internal static IResult Later(HttpContext http, TimeSpan wait, IResult problem)
    {
        http.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return problem;
    }

    private static TimeSpan UntilTomorrow(HttpContext http)
    {
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime;
    }
}
