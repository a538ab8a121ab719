using Microsoft.Playwright;
using Xunit;

namespace MultiTalk.Browser.Tests;

public sealed class AppearanceTests(StudioFixture studio)
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1920, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task Every_look_of_the_studio_is_accessible(int width, ColorScheme scheme)
    {
        await using var window = await studio.SignInAsync($"look-{width}-{scheme}", width, scheme);
        await Assertions.Expect(window.Page.Locator("html")).ToHaveAttributeAsync("data-theme", scheme == ColorScheme.Dark ? "dark" : "light");
        await window.Page.GetByText("Options", new() { Exact = true }).ClickAsync();
        await window.BeAccessibleAsync();
        await window.NotScrollSidewaysAsync();

        await window.TrySampleAsync();
        await window.Generate.ClickAsync();
        await Assertions.Expect(window.Job).ToBeVisibleAsync();
        await window.BeAccessibleAsync();
        await window.SeeAsync("succeeded");
        await window.BeAccessibleAsync();
        await window.NotScrollSidewaysAsync();
    }

    [Fact]
    public async Task The_theme_can_be_chosen_and_is_remembered()
    {
        await using var window = await studio.SignInAsync("theme");
        var root = window.Page.Locator("html");
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await window.Page.ReloadAsync();
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "dark");
    }
}
