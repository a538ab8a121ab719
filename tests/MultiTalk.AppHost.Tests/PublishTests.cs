using System.Text.Json;

namespace MultiTalk.AppHost.Tests;

/// <summary>What <c>--publisher manifest</c> writes for deployment tools.</summary>
public sealed class PublishTests(ApplicationFixture application)
{
    [Fact]
    public void Published_Redis_gets_its_settings_inside_the_one_command_its_shell_runs()
    {
        var arguments = Resource("redis").GetProperty("args").EnumerateArray().Select(argument => argument.GetString()!).ToList();

        Assert.Equal(2, arguments.Count);
        Assert.Equal("-c", arguments[0]);
        Assert.StartsWith("redis-server --requirepass $REDIS_PASSWORD ", arguments[1]);
        Assert.EndsWith(" --appendonly yes --appendfsync everysec --maxmemory-policy noeviction", arguments[1]);
    }

    [Fact]
    public void Published_Redis_keeps_its_data_in_a_volume() =>
        Assert.Equal("/data", Assert.Single(Resource("redis").GetProperty("volumes").EnumerateArray()).GetProperty("target").GetString());

    [Fact]
    public void Only_the_published_web_is_reached_from_outside()
    {
        var external = application.Manifest.EnumerateObject()
            .Where(resource => resource.Value.TryGetProperty("bindings", out var bindings)
                && bindings.EnumerateObject().Any(binding => binding.Value.TryGetProperty("external", out var isExternal) && isExternal.GetBoolean()))
            .Select(resource => resource.Name);

        Assert.Equal(["web"], external);
    }

    [Fact]
    public void The_published_runner_knows_the_web_and_not_Redis()
    {
        var environment = Environment("runner");

        Assert.Equal("https+http://web", environment["Runner__Web"]);
        Assert.Equal("{web.bindings.http.url}", environment["services__web__http__0"]);
        Assert.DoesNotContain(environment.Values, value => value.Contains("redis", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_runner_token_is_a_secret_that_each_deployment_generates()
    {
        var input = Resource("runner-token").GetProperty("inputs").GetProperty("value");

        Assert.True(input.GetProperty("secret").GetBoolean());
        Assert.Equal(32, input.GetProperty("default").GetProperty("generate").GetProperty("minLength").GetInt32());
        Assert.Equal("{runner-token.value}", Environment("web")["Access__RunnerToken"]);
        Assert.Equal("{runner-token.value}", Environment("runner")["Runner__Token"]);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("runner")]
    public void Nothing_of_a_development_machine_is_published(string service) =>
        Assert.Empty(Environment(service).Keys.Intersect(["Jobs__DefaultEngine", "Runner__Engine", "MULTITALK_DATA", "ASPNETCORE_ENVIRONMENT"]));

    private JsonElement Resource(string name) => application.Manifest.GetProperty(name);

    private Dictionary<string, string> Environment(string name) =>
        Resource(name).GetProperty("env").EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString()!);
}
