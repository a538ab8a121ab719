using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components.Parts;

/// <summary>The jobs that the person may see, newest first, live.</summary>
public sealed partial class JobList(JobStore store, JobWatcher watcher, LiveFleet fleet, TimeProvider time) : IAsyncDisposable
{
    private const int PageSize = 12;

    // Slower than one job's own panel: every change of any job reads the list again.
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    // "3 min ago" goes on without anything changing.
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _leaving = new();
    private Task? _following;
    private ITimer? _clock;
    private string? _me;
    private string? _owner;
    private bool _everybody;

    /// <summary>What is shown; handed from the prerendered page to the live one.</summary>
    [PersistentState]
    public JobPage? Page { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _clock?.Dispose();
        await _leaving.CancelAsync();
        await (_following ?? Task.CompletedTask);
        _leaving.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var user = (await Authentication).User;
        (_me, _owner) = (user.Owner(), user.OwnerListed());
        _everybody = _owner is null;
        Page ??= await ReadAsync(PageSize);
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        // Not before it is known who this is: nobody is shown what belongs to others.
        if (_me is null || _following is not null)
            return;

        _following = Following.RunAsync(FollowAsync, time, _leaving.Token);
        _clock = time.CreateTimer(_ => InvokeAsync(StateHasChanged), null, _minute, _minute);
    }

    private async Task FollowAsync(CancellationToken leaving)
    {
        await foreach (var _ in watcher.AnyAsync(leaving))
        {
            Page = await ReadAsync(Math.Max(PageSize, Page?.Items.Count ?? 0));
            StateHasChanged();
            await Task.Delay(_pause, time, leaving);
        }
    }

    private async Task LoadMoreAsync() => Page = await ReadAsync((Page?.Items.Count ?? 0) + PageSize);

    // All that is shown, in one read: between two pages a job may have come or gone.
    private async Task<JobPage> ReadAsync(int count)
    {
        var jobs = await store.ListAsync(new(_owner), before: null, count + 1);
        var live = await fleet.GetAsync();
        return new JobPage([.. jobs.Take(count).Select(job => JobDocument.Of(job, live))], jobs.Count > count ? jobs[count - 1].Id : null);
    }

    private string About(JobDocument job)
    {
        string?[] parts =
        [
            job.State == JobState.Running ? Words.Percent(job.Percent) : Words.Seconds(job.Video?.DurationSeconds ?? job.Plan.DurationSeconds),
            Words.Ago(job.CreatedAt, time.GetUtcNow()),
            job.Owner == _me ? null : job.Owner,
        ];
        return string.Join(" · ", parts.OfType<string>());
    }
}
