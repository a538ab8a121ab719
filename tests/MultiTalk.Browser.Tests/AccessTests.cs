using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace MultiTalk.Browser.Tests;

public sealed class AccessTests(StudioFixture studio)
{
    [Fact]
    public async Task Strangers_see_how_to_sign_in()
    {
        await using var window = await studio.OpenAsync();
        await window.Page.GotoAsync("/");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await window.BeAccessibleAsync();
        Assert.Empty(window.Errors);
    }

    [Fact]
    public async Task A_sign_in_link_works_once()
    {
        var link = await studio.LinkAsync("once");
        await using var first = await studio.OpenAsync();
        await first.Page.GotoAsync(link);
        await first.WaitUntilReadyAsync();

        await using var second = await studio.OpenAsync(360, ColorScheme.Dark);
        await second.Page.GotoAsync(link);
        await Assertions.Expect(second.Page.GetByRole(AriaRole.Heading, new() { Name = "This link does not work any more" })).ToBeVisibleAsync();
        await second.BeAccessibleAsync();
        Assert.Empty(second.Errors);
    }

    [Fact]
    public async Task Somebody_can_sign_out()
    {
        await using var window = await studio.SignInAsync("leaves");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await window.Page.GotoAsync("/");
        await Assertions.Expect(window.Page).ToHaveURLAsync(new Regex("/signed-out"));
    }

    [Fact]
    public async Task An_address_with_nothing_behind_it_says_so()
    {
        await using var window = await studio.SignInAsync("lost");
        var answer = await window.Page.GotoAsync("/no/such/page");
        Assert.Equal(404, answer!.Status);
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
        await window.BeAccessibleAsync();
    }
}
