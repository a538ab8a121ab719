using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using MultiTalk.Browser.Tests;
using MultiTalk.Web.Access;
using MultiTalk.Web.Components;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(StudioFixture))]
// One runner, one Chromium, and tests that watch things move: one after the other.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace MultiTalk.Browser.Tests;

/// <summary>The real application on a free port, with its own Redis and preview runner, and a real Chromium before it.</summary>
public sealed class StudioFixture : IAsyncLifetime
{
    private static readonly string[] _flags =
        ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

    private readonly string _data = Directory.CreateTempSubdirectory("multitalk-browser-").FullName;
    private readonly WebApplicationFactory<App> _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public StudioFixture()
    {
        _app = new WebApplicationFactory<App>().WithWebHostBuilder(builder => builder
            .UseSetting("MULTITALK_DATA", _data)
            .UseSetting("urls", "http://127.0.0.1:0"));
        _app.UseKestrel();
    }

    /// <summary>The services of the application.</summary>
    public IServiceProvider Services => _app.Services;

    private Uri Address => _app.ClientOptions.BaseAddress;

    public async ValueTask InitializeAsync()
    {
        _app.StartServer();
        Assertions.SetDefaultExpectTimeout(15_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
            // Chromium's sandbox refuses to run as root.
            Args = IsRoot ? [.. _flags, "--no-sandbox"] : _flags,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>A window of somebody who is not signed in.</summary>
    public async Task<Window> OpenAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = Address.ToString(),
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = 800 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        return new Window(context, await context.NewPageAsync());
    }

    /// <summary>A window of somebody who came in through a sign-in link and sees the studio.</summary>
    public async Task<Window> SignInAsync(string owner, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        var window = await OpenAsync(width, scheme);
        await window.Page.GotoAsync(await LinkAsync(owner));
        await window.WaitUntilReadyAsync();
        return window;
    }

    /// <summary>A fresh sign-in link of somebody who sees their own jobs only.</summary>
    public async Task<string> LinkAsync(string owner)
    {
        var grant = new Grant("test", owner, [Scopes.Submit, Scopes.Read]);
        var token = await Services.GetRequiredService<AccessStore>().NewSignInAsync(grant, TimeSpan.FromMinutes(5));
        return $"{SignInApi.Path}?token={token}";
    }

    private static bool IsRoot => !RuntimeInformation.IsOSPlatform(OSPlatform.Windows) && Environment.UserName == "root";
}
