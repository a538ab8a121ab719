using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;
using Xunit;

namespace MultiTalk.Browser.Tests;

public sealed class StudioTests(StudioFixture studio)
{
    [Fact]
    public async Task The_sample_ends_in_a_playing_video()
    {
        await using var window = await studio.SignInAsync("sample");
        await window.Page.EvaluateAsync("""
            () => {
                window.seen = [];
                const look = () => {
                    const now = document.querySelector('[data-percent]');
                    if (now && !seen.includes(parseInt(now.textContent))) seen.push(parseInt(now.textContent));
                };
                new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
            }
            """);
        await window.TrySampleAsync();
        await window.Generate.ClickAsync();
        await Assertions.Expect(window.Page).ToHaveTitleAsync(new Regex("^[0-9]+ %"), new() { Timeout = 60_000 });
        await window.SeeAsync("succeeded");

        var seen = await window.Page.EvaluateAsync<int[]>("seen");
        Assert.True(seen.Length >= 4, $"The percentage was {string.Join(", ", seen)}.");
        Assert.Equal(seen.Order(), seen);

        var video = window.Page.Locator("video");
        await video.EvaluateAsync("video => { video.muted = true; return video.play(); }");
        await window.Page.WaitForFunctionAsync("document.querySelector('video').currentTime > 0");
        var duration = await video.EvaluateAsync<double>("video => video.duration");
        // 250 frames at 25 a second.
        Assert.Equal(10, duration, 0.1);
        await Assertions.Expect(window.Job).ToContainTextAsync("250");
        await Assertions.Expect(window.Job.GetByText("PREVIEW")).ToBeVisibleAsync();
        Assert.Empty(window.Errors);
    }

    [Fact]
    public async Task A_reload_shows_the_same_job_and_the_list_leads_to_its_page()
    {
        await using var window = await studio.SignInAsync("reload");
        await window.TrySampleAsync();
        await window.Prompt.FillAsync("Somebody who comes back later.");
        await window.Generate.ClickAsync();
        await Assertions.Expect(window.Job).ToBeVisibleAsync();

        await window.Page.ReloadAsync();
        await Assertions.Expect(window.Job).ToContainTextAsync("Somebody who comes back later.");
        await window.SeeAsync("succeeded");

        await window.Page.GetByRole(AriaRole.Region, new() { Name = "Your jobs" }).GetByRole(AriaRole.Link).ClickAsync();
        await window.Page.WaitForURLAsync("**/jobs/*");
        await Assertions.Expect(window.Page.Locator("video")).ToBeVisibleAsync();
        Assert.Empty(window.Errors);

        await using var stranger = await studio.SignInAsync("stranger");
        var answer = await stranger.Page.GotoAsync(window.Page.Url);
        Assert.Equal(404, answer!.Status);
        await Assertions.Expect(stranger.Page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_bad_file_is_explained_beside_its_field_and_nothing_is_queued()
    {
        await using var window = await studio.SignInAsync("bad-file");
        await window.TrySampleAsync();
        await window.ChooseAsync("voice1", "voice.wav", "audio/wav", "This is a text."u8.ToArray());
        await window.Generate.ClickAsync();

        var field = window.Page.Locator("input[data-field=voice1]");
        await Assertions.Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        var problem = window.Page.Locator("#" + await field.GetAttributeAsync("aria-describedby"));
        await Assertions.Expect(problem).ToBeVisibleAsync();
        await Assertions.Expect(field).ToBeFocusedAsync();
        await Assertions.Expect(window.Page.GetByText("Nothing was queued")).ToBeVisibleAsync();
        Assert.Empty(await studio.Services.GetRequiredService<JobStore>().ListAsync(new("bad-file"), before: null, limit: 10));
        await window.BeAccessibleAsync();
    }

    [Fact]
    public async Task An_empty_form_says_what_is_missing()
    {
        await using var window = await studio.SignInAsync("empty-form");
        await window.Prompt.FillAsync("");
        await window.Generate.ClickAsync();

        foreach (var field in new[] { "image", "voice1", "prompt" })
            await Assertions.Expect(window.Page.Locator("#problem-" + field)).ToBeVisibleAsync();
        Assert.Empty(await studio.Services.GetRequiredService<JobStore>().ListAsync(new("empty-form"), before: null, limit: 10));
    }

    [Fact]
    public async Task A_prompt_with_a_script_is_shown_as_text()
    {
        const string Prompt = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">";
        await using var window = await studio.SignInAsync("script");
        await window.TrySampleAsync();
        await window.Prompt.FillAsync(Prompt);
        await window.Generate.ClickAsync();

        await Assertions.Expect(window.Job.GetByText(Prompt, new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Region, new() { Name = "Your jobs" }).GetByText(Prompt, new() { Exact = true })).ToBeVisibleAsync();
        Assert.Empty(window.Errors);
    }

    [Fact]
    public async Task A_job_without_a_runner_says_what_it_waits_for_and_can_be_canceled()
    {
        var plan = Planner.Plan(new("Nobody can run this", new(640, 640), [new(new VoiceFacts(160_000))], new() { Engine = Engine.MultiTalk }), Engine.MultiTalk);
        var id = JobStore.NewId();
        await studio.Services.GetRequiredService<JobStore>().SubmitAsync(new(id, "waiting", new("Nobody can run this", new(), plan, [])));
        await using var window = await studio.SignInAsync("waiting");
        await window.Page.GotoAsync("/jobs/" + id);
        await Assertions.Expect(window.Job).ToContainTextAsync("Waiting for a runner with the engine multitalk");

        await window.Job.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the job" }).ClickAsync();

        await window.SeeAsync("canceled");
        Assert.Empty(window.Errors);
    }

    [Fact]
    public async Task Two_people_talk_one_after_the_other()
    {
        await using var window = await studio.SignInAsync("two");
        await window.Page.GetByLabel("Two people").CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Try the sample" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("audio")).ToHaveCountAsync(2);
        await window.Generate.ClickAsync();
        await window.SeeAsync("succeeded");
        await Assertions.Expect(window.Job).ToContainTextAsync("one after the other");
        Assert.Empty(window.Errors);
    }
}
