using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace MultiTalk.Browser.Tests;

/// <summary>A browser window of one person, and what they do in the studio.</summary>
public sealed class Window : IAsyncDisposable
{
    private const float Patience = 90_000;

    private readonly IBrowserContext _context;

    internal Window(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                Errors.Add(message.Text);
        };
        page.PageError += (_, error) => Errors.Add(error);
    }

    public IPage Page { get; }

    /// <summary>What the console called an error: violations of the content security policy among them.</summary>
    public List<string> Errors { get; } = [];

    public ILocator Prompt => Page.GetByLabel("Prompt");

    public ILocator Generate => Page.GetByRole(AriaRole.Button, new() { Name = "Generate" });

    public ILocator Job => Page.GetByRole(AriaRole.Article);

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    /// <summary>The circuit is there and the form can be used.</summary>
    public Task WaitUntilReadyAsync() => Assertions.Expect(Generate).ToBeEnabledAsync();

    public async Task TrySampleAsync()
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Try the sample" }).ClickAsync();
        await Assertions.Expect(Page.GetByAltText("The chosen picture")).ToBeVisibleAsync();
        await Assertions.Expect(Page.Locator("audio")).ToHaveCountAsync(1);
    }

    public Task ChooseAsync(string field, string name, string type, byte[] content) =>
        Page.Locator($"input[data-field={field}]").SetInputFilesAsync(new FilePayload { Name = name, MimeType = type, Buffer = content });

    /// <summary>Waits for the job in the page to be in a state.</summary>
    public Task SeeAsync(string state) =>
        Assertions.Expect(Job).ToHaveAttributeAsync("data-state", state, new() { Timeout = Patience });

    public async Task BeAccessibleAsync()
    {
        var result = await Page.RunAxe();
        var found = result.Violations.Select(violation =>
            $"{violation.Id} ({violation.Impact}): {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html))}");
        Assert.Equal("", string.Join(Environment.NewLine, found));
    }

    public async Task NotScrollSidewaysAsync() =>
        Assert.Equal(Page.ViewportSize!.Width, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
}
