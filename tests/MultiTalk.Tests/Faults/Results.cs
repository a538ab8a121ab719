using System.Net;
using System.Security.Cryptography;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>Holds the videos that can be downloaded against the records of their jobs.</summary>
internal static class Results
{
    /// <summary>A job has a video exactly if it succeeded, and it is the one of its record, byte for byte.</summary>
    public static async Task AssertTrueAsync(HttpClient client, JobDocument job)
    {
        using var answer = await client.GetAsync($"{JobsApi.Root}/{job.Id}/video", TestContext.Current.CancellationToken);
        if (job.Video is not { } video)
        {
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            return;
        }

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal((video.Bytes, video.Sha256), (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }
}
