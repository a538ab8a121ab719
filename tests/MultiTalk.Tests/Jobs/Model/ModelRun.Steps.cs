using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>Each step, on both.</summary>
internal sealed partial class ModelRun
{
    private async Task SubmitAsync(string owner, Kind kind, int priority, IdempotencyKey? key, int mostQueued, bool hooked)
    {
        var id = IdOf(++_ids);
        if (key is not null)
            Same($"{owner}'s {key}", _model.FindSubmission(owner, key), await _store.FindSubmissionAsync(owner, key));
        Did($"{owner} submits {Name(id)} of {kind.Engine}, large {kind.Large}, priority {priority}, {key}, at most {mostQueued}, hooked {hooked}",
            _model.Submit(id, owner, kind, priority, key, mostQueued, hooked), await _store.SubmitAsync(new(id, owner, kind.Request) { Priority = priority, Key = key, MostQueued = mostQueued, Hooks = hooked ? "null" : null }));
    }

    private async Task ClaimAsync(Runner runner)
    {
        var expected = _model.Claim(runner);
        var job = await _store.ClaimAsync(runner, TestContext.Current.CancellationToken);
        Did($"{runner.Id[0]} claims", expected?.Holder, job?.Holder);
        if (job is not null)
            _holders.Add(job.Holder!);
    }

    private async Task HeartbeatAsync(Holder holder, Heartbeat heartbeat) =>
        Did($"Heartbeat of {Name(holder)} at {heartbeat.Progress.Percent} %, {heartbeat.Lines.Count} lines", _model.Heartbeat(holder, heartbeat), await _store.HeartbeatAsync(holder, heartbeat));

    private async Task CompleteAsync(Holder holder, VideoFacts video) => Did($"{Name(holder)} completes", _model.Complete(holder, video), await _store.CompleteAsync(holder, video));

    private async Task FailAsync(Holder holder, bool retryable) =>
        Did($"{Name(holder)} fails, retryable {retryable}", _model.Fail(holder, retryable), await _store.FailAsync(holder, _error with { Retryable = retryable }));

    private async Task ReleaseAsync(Holder holder) => Did($"{Name(holder)} releases", _model.Release(holder), await _store.ReleaseAsync(holder));

    private async Task CancelAsync(string job, JobState? onlyIf) =>
        Did($"Cancel of {Name(job)}, only if {onlyIf}", _model.Cancel(job, onlyIf), await _store.CancelAsync(job, onlyIf));

    private async Task ShareAsync(string job, bool shared) => Did($"{Name(job)} shared {shared}", _model.Share(job, shared), await _store.ShareAsync(job, shared));

    private async Task PrioritizeAsync(string job, int? priority, bool front) =>
        Did($"{Name(job)} to priority {priority}, front {front}", _model.Prioritize(job, priority, front), await _store.PrioritizeAsync(job, priority, front));

    private async Task PauseAsync()
    {
        _model.Paused = true;
        await _store.PauseAsync("ann", null);
        Did("Pause", "ann", (await _store.PauseAsync())?.By);
    }

    private async Task ResumeAsync()
    {
        _model.Paused = false;
        await _store.ResumeAsync();
        Did("Resume", null, await _store.PauseAsync());
    }

    private async Task DrainAsync(Runner runner, bool now)
    {
        var known = _model.Registered.ContainsKey(runner.Id);
        if (known)
            _model.Draining[runner.Id] = now ? RunnerDrain.Now : RunnerDrain.Finish;
        Did($"Drain of {runner.Id[0]}, now {now}", known, await _store.DrainAsync(runner.Id, now));
    }

    private async Task UndrainAsync(string runner)
    {
        _model.Draining.Remove(runner);
        Did($"No drain of {runner[0]}", _model.Registered.ContainsKey(runner), await _store.UndrainAsync(runner));
    }

    private async Task RegisterAsync(Runner runner)
    {
        _trace.Add($"{runner.Id[0]} registers");
        _model.Registered[runner.Id] = false;
        _model.Seen.Add(runner.Id);
        _model.EndClaims(runner.Id, [], claim => _model.Fail(claim, retryable: true, "lost"));
        await _store.RegisterAsync(Requests.Registration(runner.Id, runner.Engine) with { Report = new([], [], runner.Abilities) });
    }

    private async Task LeaveAsync(Runner runner)
    {
        _trace.Add($"{runner.Id[0]} leaves");
        if (_model.Registered.ContainsKey(runner.Id))
        {
            _model.Registered[runner.Id] = true;
            _model.Seen.Add(runner.Id);
            _model.EndClaims(runner.Id, [], _model.Release);
        }

        await _store.LeaveAsync(runner.Id);
        Assert.DoesNotContain(await _store.RunnersAsync(), known => known.Id == runner.Id && known.Live);
    }

    // It works on all that it claimed, on one, or on nothing: then an answer was lost on its way.
    private async Task AskAsync(Runner runner, int works)
    {
        var claims = _model.Claims.Where(claim => claim.Runner == runner.Id).Select(claim => new HeldAttempt(claim.Job, claim.Attempt)).OrderBy(held => held.JobId, StringComparer.Ordinal);
        HeldAttempt[] working = [.. claims.Take(works == 0 ? int.MaxValue : works - 1)];
        RunnerDrain? expected = null;
        if (_model.Registered.ContainsKey(runner.Id))
        {
            expected = _model.Draining.GetValueOrDefault(runner.Id);
            _model.Registered[runner.Id] = false;
            _model.Seen.Add(runner.Id);
            _model.EndClaims(runner.Id, working, _model.Release);
        }

        Did($"{runner.Id[0]} asks, working on {working.Length}", expected, (await _store.AskedAsync(new(runner.Id, [], working)))?.Drain);
    }

    // Of those that run, one has not been heard of for its lease.
    private async Task ExpireAsync(int a)
    {
        var running = _model.Jobs.Where(job => job.State == JobState.Running).ToList();
        if (running.Count > 0)
        {
            var lost = running[a % running.Count];
            _trace.Add($"The lease of {Name(lost.Holder)} ends");
            await _redis.SortedSetAddAsync(Keys.Leases, lost.Id, 1, When.Exists);
            _model.Fail(lost.Holder, retryable: true, "lost");
        }

        await SweepAsync();
    }

    // Nobody swept for an hour. One lease ended before, one in it.
    private async Task OutageAsync(int a)
    {
        await SweepAsync();
        var hour = (long)TimeSpan.FromHours(1).TotalMilliseconds;
        var running = _model.Jobs.Where(job => job.State == JobState.Running).ToList();
        await _redis.StringSetAsync(Keys.Swept, OwnRedis.Now - hour);
        if (running.Count > 1)
        {
            var (lost, kept) = (running[a % running.Count], running[(a + 1) % running.Count]);
            _trace.Add($"Outage; the lease of {Name(lost.Holder)} ended before, that of {Name(kept.Holder)} in it");
            await _redis.SortedSetAddAsync(Keys.Leases, [new(lost.Id, OwnRedis.Now - (2 * hour)), new(kept.Id, OwnRedis.Now - (hour / 2))]);
            _model.Fail(lost.Holder, retryable: true, "lost");
        }

        await SweepAsync();
    }

    private async Task SweepAsync()
    {
        _model.Sweep();
        await _store.SweepAsync();
    }

    // One that ended long ago, and one of which that is not so.
    private async Task ForgetJobAsync(int a, int b)
    {
        var ended = _model.Jobs.Where(job => job.Ended).ToList();
        List<string> outdated = [];
        if (ended.Count > 0)
        {
            outdated = [ended[a % ended.Count].Id];
            await _redis.SortedSetAddAsync(Keys.Ended, outdated[0], 1, When.Exists);
        }

        Same("Outdated", string.Join(' ', outdated), string.Join(' ', await _store.OutdatedAsync()));
        _model.Jobs.RemoveAll(job => outdated.Contains(job.Id));
        foreach (var id in outdated.Append(JobOf(b, a)))
            await _store.ForgetAsync(id);
    }

    private async Task ForgetRunnerAsync(Runner runner)
    {
        _trace.Add($"{runner.Id[0]} is forgotten");
        if (_model.Seen.Contains(runner.Id))
        {
            await _redis.SortedSetAddAsync(Keys.Runners, runner.Id, 1, When.Exists);
            _model.ForgetRunner(runner.Id);
        }

        await _store.ForgetRunnersAsync();
    }

    // Whatever waits is handed out in the order of the model.
    private async Task EmptyAsync()
    {
        await ResumeAsync();
        foreach (var runner in Kind.Runners.Where(runner => runner.Abilities == Requests.Able))
        {
            await UndrainAsync(runner.Id);
            while (_model.Queue(runner.Engine).Any() && !_model.Draining.ContainsKey(runner.Id))
                await ClaimAsync(runner);
        }

        await CompareAsync();
    }
}
