using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components.Parts;

/// <summary>One job, live until it ends.</summary>
public sealed partial class JobPanel(
    JobStore store, JobWatcher watcher, LiveFleet fleet, NavigationManager navigation, IDialogService dialogs, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private Task? _following;
    private ClaimsPrincipal _user = new();
    private bool _mayCancel;

    /// <summary>The job's id.</summary>
    [Parameter, EditorRequired]
    public required string Id { get; set; }

    /// <summary>Whether the title leads to the job's own page.</summary>
    [Parameter]
    public bool Linked { get; set; }

    /// <summary>The job as it is shown; handed from the prerendered page to the live one.</summary>
    [PersistentState]
    public JobDocument? Document { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    private bool Ended => Document?.FinishedAt is not null;

    private string Title => Document switch
    {
        { State: JobState.Running } job => $"{Words.Percent(job.Percent)} · MultiTalk",
        { } job => $"{Words.Of(job.State)} · MultiTalk",
        _ => "MultiTalk",
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await (_following ?? Task.CompletedTask);
        _leaving.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _user = (await Authentication).User;
        if (Document?.Id != Id)
            Document = await FindAsync() is { } job ? JobDocument.Of(job, await fleet.GetAsync()) : null;
        if (Document is null)
            navigation.NotFound();
        else
            _mayCancel = _user.MayChange(Document.Owner);
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (Document is not null && !Ended)
            _following ??= Following.RunAsync(FollowAsync, time, _leaving.Token);
    }

    private async Task FollowAsync(CancellationToken leaving)
    {
        await foreach (var job in watcher.FollowAsync(Id, leaving))
        {
            Document = JobDocument.Of(job, await fleet.GetAsync());
            StateHasChanged();
        }
    }

    private async Task CancelAsync()
    {
        var sure = await dialogs.ShowMessageBoxAsync(
            "Cancel this job?", "What it has made so far is lost.", yesText: "Cancel the job", cancelText: "Keep it");
        if (sure == true && await FindAsync() is { } job && _user.MayChange(job.Owner))
            await store.CancelAsync(Id);
    }

    private async Task<Job?> FindAsync() => await store.FindAsync(Id) is { } job && _user.MaySee(job) ? job : null;
}
