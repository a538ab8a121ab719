using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using MultiTalk.AppHost.Tests;

[assembly: AssemblyFixture(typeof(ApplicationFixture))]

namespace MultiTalk.AppHost.Tests;

/// <summary>The application once as F5 would run it, and once as it is published. Neither is started: no containers, no DCP.</summary>
public sealed class ApplicationFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("multitalk-apphost-tests-");

    /// <summary>The model of F5; never built, because ending a built application that did not start takes 20 s.</summary>
    public IDistributedApplicationTestingBuilder RunMode { get; private set; } = null!;

    /// <summary>The resources of the published manifest.</summary>
    public JsonElement Manifest { get; private set; }

    public async ValueTask InitializeAsync()
    {
        // User secrets are looked for here first, on every system: the developer's own stay as they are.
        Environment.SetEnvironmentVariable("APPDATA", _scratch.FullName);
        RunMode = await NewRunModeAsync();

        var manifest = Path.Combine(_scratch.FullName, "manifest.json");
        await using var publisher = await DistributedApplicationTestingBuilder.CreateAsync<Projects.MultiTalk_AppHost>(
            ["--publisher", "manifest", "--output-path", manifest]);
        await using (var publishing = await publisher.BuildAsync())
            await publishing.RunAsync();
        Manifest = JsonElement.Parse(await File.ReadAllBytesAsync(manifest)).GetProperty("resources");
    }

    /// <summary>Another model of F5, as the next start would make it.</summary>
    public static Task<IDistributedApplicationTestingBuilder> NewRunModeAsync() =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.MultiTalk_AppHost>();

    public T Resource<T>(string name) where T : IResource => RunMode.Resources.OfType<T>().Single(resource => resource.Name == name);

    /// <summary>What a resource of F5 would find in its environment: parameters and references are not resolved, since nothing runs.</summary>
    public async Task<IReadOnlyDictionary<string, object>> EnvironmentOfAsync(string name)
    {
        var resource = Resource<IResource>(name);
        var context = new EnvironmentCallbackContext(RunMode.ExecutionContext, resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);
        return context.EnvironmentVariables;
    }

    /// <summary>The arguments of a resource of F5, in one line.</summary>
    public async Task<string> ArgumentsOfAsync(string name)
    {
        var resource = Resource<IResource>(name);
        var context = new CommandLineArgsCallbackContext([], resource) { ExecutionContext = RunMode.ExecutionContext };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(context);
        return string.Join(' ', context.Args);
    }

    public async ValueTask DisposeAsync()
    {
        await RunMode.DisposeAsync();
        _scratch.Delete(recursive: true);
    }
}
