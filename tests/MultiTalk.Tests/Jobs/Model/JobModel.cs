using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>
/// What the store should do, written as plainly as it can be: one thread, lists, no scores. <see cref="Queue"/> states the order
/// of the queue, and <see cref="Withdraw"/> that a turn that is not used goes to the owner's next job.
/// </summary>
internal sealed class JobModel(JobsOptions options)
{
    private int _fronts;

    public List<ModelJob> Jobs { get; } = [];

    /// <summary>What idempotency keys made: by owner and key, the job and the hash of the request.</summary>
    public Dictionary<(string Owner, string Key), (string Job, string Hash)> Keys { get; } = [];

    /// <summary>The round that is served, of an engine and a priority.</summary>
    public Dictionary<(string Engine, int Priority), int> Served { get; } = [];

    /// <summary>Runners that introduced themselves, and whether they left.</summary>
    public Dictionary<string, bool> Registered { get; } = [];

    /// <summary>Runners that showed themselves.</summary>
    public HashSet<string> Seen { get; } = [];

    public Dictionary<string, RunnerDrain> Draining { get; } = [];

    /// <summary>Claims of which it is not known yet that they ended.</summary>
    public HashSet<Holder> Claims { get; } = [];

    /// <summary>The kinds of which jobs are queued, or were since the last sweep.</summary>
    public HashSet<Kind> Queued { get; private set; } = [];

    /// <summary>Owners for whom an attempt ran.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>What webhooks are told, oldest first.</summary>
    public List<string> Outbox { get; } = [];

    public bool Paused { get; set; }

    public bool Swept { get; private set; }

    /// <summary>The order in which a runner that can do everything is served: moved ones, priority, turn, age.</summary>
    public IEnumerable<ModelJob> Queue(string engine) => Jobs
        .Where(job => job.State == JobState.Queued && job.Kind.Engine == engine)
        .OrderByDescending(job => job.Front)
        .ThenByDescending(job => job.Front > 0 ? 0 : job.Priority)
        .ThenBy(job => job.Turn)
        .ThenBy(job => job.Id, StringComparer.Ordinal);

    public ModelJob? Find(string id) => Jobs.FirstOrDefault(job => job.Id == id);

    public Submission? FindSubmission(string owner, IdempotencyKey key) =>
        Keys.TryGetValue((owner, key.Key), out var known)
            ? new(known.Hash == key.RequestHash ? SubmissionOutcome.Repeated : SubmissionOutcome.Conflict, known.Job)
            : null;

    public Submission Submit(string id, string owner, Kind kind, int priority, IdempotencyKey? key, long mostQueued, bool hooked)
    {
        if (key is not null && FindSubmission(owner, key) is { } known)
            return known;
        if (mostQueued > 0 && Queue(kind.Engine).Count(job => job.Owner == owner) >= mostQueued)
            return new(SubmissionOutcome.TooMany, id);
        if (key is not null)
            Keys[(owner, key.Key)] = (id, key.RequestHash);
        var job = new ModelJob(id, owner, kind, priority) { Hooked = hooked, Turn = NextTurn(kind.Engine, owner, priority) };
        Jobs.Add(job);
        Queued.Add(kind);
        job.Tell("queued");
        return new(SubmissionOutcome.Accepted, id);
    }

    public ModelJob? Claim(Runner runner)
    {
        if (Paused || Draining.ContainsKey(runner.Id) || Queue(runner.Engine).FirstOrDefault(queued => queued.Kind.Suits(runner)) is not { } job)
            return null;
        if (job.Front == 0)
            Served[(job.Kind.Engine, job.Priority)] = Math.Max(Served.GetValueOrDefault((job.Kind.Engine, job.Priority)), job.Turn);
        (job.State, job.Runner) = (JobState.Running, runner.Id);
        job.Attempts.Add((runner.Id, null, false));
        Claims.Add(job.Holder);
        job.Tell("claimed");
        Report(job, "job.started");
        return job;
    }

    public RunnerCommand? Heartbeat(Holder holder, Heartbeat heartbeat)
    {
        if (Held(holder) is not { } job)
            return null;
        Seen.Add(holder.Runner);
        if (job.Progress != heartbeat.Progress)
        {
            job.Progress = heartbeat.Progress;
            job.Tell("progress", more: true);
        }

        job.Log.AddRange(heartbeat.Lines);
        job.Log.RemoveRange(0, Math.Max(0, job.Log.Count - options.LogLines));
        return Draining.GetValueOrDefault(holder.Runner) == RunnerDrain.Now ? RunnerCommand.Drain : RunnerCommand.Continue;
    }

    public bool Complete(Holder holder, VideoFacts video)
    {
        if (Find(holder.Job) is { State: JobState.Succeeded } done && done.Holder == holder)
            return true;
        if (Held(holder) is not { } job)
            return false;
        EndAttempt(job, "succeeded");
        (job.State, job.Video) = (JobState.Succeeded, video);
        job.Tell("succeeded", more: true);
        Report(job, "job.succeeded");
        return true;
    }

    public bool Fail(Holder holder, bool retryable, string outcome = "failed")
    {
        if (Held(holder) is not { } job)
            return false;
        EndAttempt(job, outcome, error: true);
        if (++job.Failures >= options.MaxFailures || !retryable)
        {
            (job.State, job.HasError) = (JobState.Failed, true);
            job.Tell("failed", more: true);
            Report(job, "job.failed");
        }
        else
        {
            Requeue(job, more: true);
            Report(job, "job.retried");
        }

        return true;
    }

    public bool Release(Holder holder)
    {
        if (Held(holder) is not { } job)
            return false;
        EndAttempt(job, "released");
        Requeue(job, more: false);
        return true;
    }

    public bool Cancel(string id, JobState? onlyIf)
    {
        if (Find(id) is not { Ended: false } job || (onlyIf ?? job.State) != job.State)
            return false;
        if (job.State == JobState.Running)
            EndAttempt(job, "canceled");
        else
            Withdraw(job);
        job.State = JobState.Canceled;
        job.Tell("canceled");
        Report(job, "job.canceled");
        return true;
    }

    public bool Share(string id, bool shared)
    {
        if (Find(id) is not { } job)
            return false;
        if (job.Shared != shared)
        {
            job.Shared = shared;
            job.Tell(shared ? "shared" : "unshared", more: true);
        }

        return true;
    }

    public bool Prioritize(string id, int? priority, bool front)
    {
        if (Find(id) is not { State: JobState.Queued } job)
            return false;
        if (!front && job.Front == 0 && (priority ?? job.Priority) == job.Priority)
            return true;
        Withdraw(job);
        job.Priority = priority ?? job.Priority;
        job.State = JobState.Running; // Not in the queue while its turn is looked for.
        (job.Front, job.Turn) = front ? (++_fronts, 0) : (0, NextTurn(job.Kind.Engine, job.Owner, job.Priority));
        job.State = JobState.Queued;
        job.Tell("queued");
        return true;
    }

    /// <summary>Ends what a runner holds but for what it works on.</summary>
    public void EndClaims(string runner, IReadOnlyCollection<HeldAttempt> working, Func<Holder, bool> end)
    {
        foreach (var claim in Claims.Where(claim => claim.Runner == runner && !working.Contains(new(claim.Job, claim.Attempt))).ToList())
        {
            end(claim);
            Claims.Remove(claim);
        }
    }

    public void Sweep()
    {
        Swept = true;
        Queued = [.. Jobs.Where(job => job.State == JobState.Queued).Select(job => job.Kind)];
    }

    public void ForgetRunner(string runner)
    {
        Registered.Remove(runner);
        Seen.Remove(runner);
        Draining.Remove(runner);
        Claims.RemoveWhere(claim => claim.Runner == runner);
    }

    public ModelJob? Held(Holder holder) =>
        Find(holder.Job) is { State: JobState.Running } job && job.Holder == holder ? job : null;

    private void Report(ModelJob job, string happened)
    {
        if (job.Ended || job.Hooked)
            Outbox.Add($"{job.Id} {happened}");
    }

    private void EndAttempt(ModelJob job, string outcome, bool error = false)
    {
        job.EndAttempt(outcome, error);
        Used.Add(job.Owner);
    }

    private void Requeue(ModelJob job, bool more)
    {
        Queued.Add(job.Kind);
        (job.State, job.Runner, job.Progress) = (JobState.Queued, null, null);
        job.Tell("queued", more);
    }

    // Its turn goes to the owner's next job of the same priority, that one's to the next, and so on.
    private void Withdraw(ModelJob job)
    {
        var free = job.Turn;
        foreach (var next in Queue(job.Kind.Engine).Where(next => next.Owner == job.Owner && next.Priority == job.Priority && next.Front == 0 && job.Front == 0 && next.Turn > job.Turn).ToList())
            (next.Turn, free) = (free, next.Turn);
    }

    // One after the owner's last, and after the one that is served.
    private int NextTurn(string engine, string owner, int priority) =>
        Queue(engine).Where(job => job.Owner == owner && job.Priority == priority && job.Front == 0).Select(job => job.Turn)
            .Append(Served.GetValueOrDefault((engine, priority))).Max() + 1;
}
