using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace MultiTalk.Browser.Tests;

public sealed class ApiReaderTests(StudioFixture studio)
{
    // What Scalar's own page brings along: no language, and grey words that are too light.
    private static readonly string[] _ofTheReader = ["html-has-lang", "color-contrast"];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_API_can_be_read_and_nothing_comes_from_elsewhere(ColorScheme scheme)
    {
        await using var window = await studio.SignInAsync($"reads-{scheme}", scheme: scheme);
        List<string> asked = [];
        window.Page.Request += (_, request) => asked.Add(request.Url);

        var answer = await window.Page.GotoAsync("/docs");

        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "MultiTalk", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "Submits a job." })).ToBeVisibleAsync();
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Webhooks", Exact = true }).ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "Registers a webhook." })).ToBeVisibleAsync();
        Assert.Matches("script-src 'nonce-[^']+';", await answer!.HeaderValueAsync("content-security-policy"));
        var site = new Uri(window.Page.Url).GetLeftPart(UriPartial.Authority) + "/";
        Assert.Contains(asked, url => url.EndsWith("/openapi/v1.json", StringComparison.Ordinal));
        Assert.All(asked, url => Assert.True(url.StartsWith(site, StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal), url));
        // A violation of the policy is an error of the console.
        Assert.Empty(window.Errors);
        // They hand the description to somebody else's services.
        foreach (var name in new[] { "Developer Tools", "Open API Client" })
            await Assertions.Expect(window.Page.GetByText(name)).ToHaveCountAsync(0);
        var axe = await window.Page.RunAxe();
        Assert.Empty(axe.Violations.Where(violation => violation.Impact is "serious" or "critical" && !_ofTheReader.Contains(violation.Id)).Select(violation => $"{violation.Id}: {violation.Help}"));
    }
}
