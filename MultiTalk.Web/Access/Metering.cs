using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

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
            return Later(http, await quotas.UntilTomorrowAsync(), Problems.GpuMinutesUsedUp(limits.GpuMinutesADay ?? 0));
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
        var bill = await quotas.BillAsync(http.User);
        http.Features.Set(bill);
        var (sent, announced) = (http.Request.Body, http.Request.ContentLength ?? 0);
        if (!await bill.PayAsync(announced))
            return await RefuseAsync();

        await using var body = new MeteredStream(sent, announced, bill.PayAsync);
        http.Request.Body = body;
        var kept = true;
        try
        {
            return await next(context);
        }
        catch (UploadUsedUpException)
        {
            return await RefuseAsync();
        }
        catch (Exception exception) when (IsOurs(exception))
        {
            kept = false;
            throw;
        }
        finally
        {
            if (!kept)
                await bill.CancelAsync();
            else if (body.Spare > 0)
                await bill.PayAsync(-body.Spare);
        }

        async Task<IResult> RefuseAsync() => new EarlyAnswer(Later(http, await quotas.UntilTomorrowAsync(), Problems.UploadBytesUsedUp(limit)), sent);
    }

    // Nothing was kept for want of something here: it does not count.
    private static bool IsOurs(Exception exception) =>
        exception is MediaUnavailableException or DiskFullException or MissingProgramException || RedisConnection.IsFull(exception);

    /// <summary>Says in an answer when to come back: RFC 9110, section 10.2.3, in whole seconds.</summary>
    internal static IResult Later(HttpContext http, TimeSpan wait, IResult problem)
    {
        http.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return problem;
    }
}
