using System.Net;
using System.Text.Json;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

/// <summary>What holds for every answer that is an error.</summary>
internal static class ProblemRules
{
    private static readonly string[] _fields = ["type", "title", "status", "detail", "code"];

    /// <summary>An error is a problem with a documented code, and never one of the server.</summary>
    /// <returns>The code; null for an answer that is no error.</returns>
    public static async Task<string?> CheckAsync(HttpResponseMessage response, HttpMethod method)
    {
        var status = (int)response.StatusCode;
        // What is no error may be a stream that never ends.
        if (status < 400)
            return null;
        Assert.True(status < 500, $"{status}: {await response.Content.ReadAsStringAsync()}");
        // Kestrel itself refuses what is no HTTP, before the application and without a body; an answer to HEAD has none either.
        if (method == HttpMethod.Head || (response.Headers.ConnectionClose == true && response.Content.Headers.ContentLength == 0 && !response.Headers.Contains("Referrer-Policy")))
            return null;

        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{status} {response.Content.Headers.ContentType}: {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.All(_fields, field => Assert.True(problem.RootElement.TryGetProperty(field, out _), $"{field} is missing: {text}"));
        var code = problem.RootElement.GetProperty("code").GetString()!;
        Assert.True(ProblemCatalogue.All.ContainsKey(code) || RequestCodes.All.Contains(code), $"{code} is not documented: {text}");
        Assert.Equal("urn:multitalk:problem:" + code, problem.RootElement.GetProperty("type").GetString());
        Assert.Equal(response.StatusCode, (HttpStatusCode)problem.RootElement.GetProperty("status").GetInt32());
        return code;
    }
}
