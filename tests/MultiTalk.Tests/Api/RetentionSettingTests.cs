using System.Net;
using System.Net.Http.Json;
using System.Text;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class RetentionSettingTests : OwnRedisTests
{
    private const string Path = SettingsApi.Root + "/retention";

    [Fact(Timeout = 60_000)]
    public async Task A_change_holds_for_every_Web_until_it_is_taken_back()
    {
        await using var other = new WebOn(Redis);
        using var client = await Web.ClientAsync("root", Scopes.Administer);
        var id = JobStore.NewId();
        await Web.Jobs.SubmitAsync(new(id, "ada", Requests.For("any")));
        await Web.Jobs.CancelAsync(id);
        await Redis.Database.SortedSetDecrementAsync(Keys.Ended, id, (long)TimeSpan.FromDays(10).TotalMilliseconds);
        Assert.Equal(30, (await client.GetFromJsonAsync<RetentionSetting>(Path, TestContext.Current.CancellationToken))!.Days);
        Assert.Empty(await other.Jobs.OutdatedAsync());

        Assert.Equal(HttpStatusCode.OK, (await PutAsync(client, """{"days":9}""")).StatusCode);
        Assert.Equal([id], await other.Jobs.OutdatedAsync());
        Assert.Equal(9, (await client.GetFromJsonAsync<RetentionSetting>(Path, TestContext.Current.CancellationToken))!.Days);

        await PutAsync(client, """{"days":null}""");
        Assert.Empty(await other.Jobs.OutdatedAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"days":0}""", "retention_invalid")]
    [InlineData("""{"days":-1}""", "retention_invalid")]
    [InlineData("""{"days":1.5}""", "retention_invalid")]
    [InlineData("""{"days":3651}""", "retention_invalid")]
    [InlineData("""{"days":1e300}""", "retention_invalid")]
    [InlineData("""{"days":"x"}""", "bad_request")]
    [InlineData("{}", "bad_request")]
    [InlineData("null", "bad_request")]
    public async Task What_makes_no_sense_is_refused(string body, string code)
    {
        using var client = await Web.ClientAsync("root", Scopes.Administer);

        using var answer = await PutAsync(client, body).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(code, await answer.ProblemCodeAsync());
        Assert.Equal(TimeSpan.FromDays(30), await Web.Jobs.RetentionAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_administrators_change_it()
    {
        using var client = await Web.ClientAsync("op", Scopes.Operate, Scopes.ReadAll, Scopes.Submit, Scopes.Read);

        using var answer = await PutAsync(client, """{"days":9}""").WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("not_allowed", await answer.ProblemCodeAsync());
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string body) =>
        client.PutAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
}
