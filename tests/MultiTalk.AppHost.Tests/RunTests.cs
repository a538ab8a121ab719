using Aspire.Hosting.ApplicationModel;

namespace MultiTalk.AppHost.Tests;

/// <summary>What F5 and <c>aspire run</c> start.</summary>
public sealed class RunTests(ApplicationFixture application)
{
    [Fact]
    public async Task Redis_appends_every_write_to_a_file_each_second_and_never_evicts()
    {
        var arguments = await application.ArgumentsOfAsync("redis");

        Assert.StartsWith("redis-server ", arguments);
        Assert.Contains("--appendonly yes", arguments);
        Assert.Contains("--appendfsync everysec", arguments);
        Assert.Contains("--maxmemory-policy noeviction", arguments);
    }

    [Fact]
    public void Redis_keeps_its_data_in_a_volume()
    {
        var mount = Assert.Single(application.Resource<RedisResource>("redis").Annotations.OfType<ContainerMountAnnotation>());

        Assert.Equal((ContainerMountType.Volume, "/data", false), (mount.Type, mount.Target, mount.IsReadOnly));
    }

    [Fact]
    public void Redis_asks_for_a_password() =>
        Assert.True(application.Resource<RedisResource>("redis").PasswordParameter?.Secret);

    [Theory]
    [InlineData("web", "redis")]
    [InlineData("runner", "web")]
    public void Each_service_waits_until_what_it_needs_is_healthy(string service, string needed)
    {
        var wait = Assert.Single(application.Resource<ProjectResource>(service).Annotations.OfType<WaitAnnotation>());

        Assert.Equal((needed, WaitType.WaitUntilHealthy), (wait.Resource.Name, wait.WaitType));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("runner")]
    public void Each_service_is_healthy_when_its_health_endpoint_says_so(string service)
    {
        var check = Assert.Single(application.Resource<ProjectResource>(service).Annotations.OfType<HealthCheckAnnotation>());

        Assert.Contains("/health", check.Key);
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("runner", false)]
    [InlineData("redis", false)]
    public void Only_the_web_is_reached_from_outside(string resource, bool reached) =>
        Assert.All(application.Resource<IResource>(resource).Annotations.OfType<EndpointAnnotation>(),
            endpoint => Assert.Equal(reached, endpoint.IsExternal));

    [Fact]
    public async Task The_web_gets_the_connection_string_of_Redis() =>
        Assert.Contains("ConnectionStrings__redis", await application.EnvironmentOfAsync("web"));

    [Fact]
    public async Task The_runner_knows_the_web_and_not_Redis()
    {
        var environment = await application.EnvironmentOfAsync("runner");

        Assert.Equal("https+http://web", environment["Runner__Web"]);
        Assert.Contains("services__web__http__0", environment);
        Assert.DoesNotContain(environment.Keys, name => name.Contains("redis", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_runner_token_is_one_secret_given_to_both()
    {
        var token = application.Resource<ParameterResource>("runner-token");

        Assert.True(token.Secret);
        Assert.Same(token, (await application.EnvironmentOfAsync("web"))["Access__RunnerToken"]);
        Assert.Same(token, (await application.EnvironmentOfAsync("runner"))["Runner__Token"]);
    }

    [Fact]
    public async Task The_runner_token_is_generated_and_the_same_after_a_restart()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var generated = await application.Resource<ParameterResource>("runner-token").GetValueAsync(cancellation);

        await using var restarted = await ApplicationFixture.NewRunModeAsync();
        var kept = await restarted.Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == "runner-token").GetValueAsync(cancellation);

        Assert.Matches("^[A-Za-z0-9]{32,}$", generated);
        Assert.Equal(generated, kept);
    }

    [Fact]
    public async Task Without_a_GPU_jobs_are_previews_by_default()
    {
        Assert.Equal("preview", (await application.EnvironmentOfAsync("web"))["Jobs__DefaultEngine"]);
        Assert.Equal("preview", (await application.EnvironmentOfAsync("runner"))["Runner__Engine"]);
    }
}
