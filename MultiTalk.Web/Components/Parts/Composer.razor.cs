using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Microsoft.JSInterop;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Components.Parts;

/// <summary>The form of a new job.</summary>
public sealed partial class Composer(
    IJSRuntime script, LiveFleet fleet, IOptions<JobsOptions> jobs, IOptions<MediaOptions> media, TimeProvider time) : IAsyncDisposable
{
    // What a request without options gets, asked of the planner rather than repeated here.
    private static readonly GenerationPlan _standard = Planner.Plan(
        new GenerationRequest("A person talks", new PictureFacts(1, 1), [new(new VoiceFacts(VoiceFacts.SampleRate))], new GenerationOptions()), Engine.Preview);

    private static readonly (bool, string)[] _casts = [(false, "One person"), (true, "Two people")];
    private static readonly (int, string)[] _sizes = [(480, "480p"), (720, "720p")];
    private static readonly (string, string)[] _audioTypes = [("add", "One after the other"), ("para", "At the same time")];

    private readonly CancellationTokenSource _leaving = new();
    private readonly Dictionary<string, ChosenFile> _files = [];
    private ElementReference _form;
    private DotNetObjectReference<Composer>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _browser;

    private string _prompt = Sample.OnePerson.Prompt;
    private bool _twoPeople;
    private string _audioType = _audioTypes[0].Item1;
    private int _size = _standard.Size;
    private int? _steps = _standard.Steps;
    private long? _seed;
    private string _engine = jobs.Value.DefaultEngine;
    private IReadOnlyList<string>? _offered;
    private IReadOnlyList<RequestProblem> _problems = [];
    private SubmissionAnswer? _failure;
    private int? _uploaded;
    private bool _refused;

    /// <summary>A job was accepted: its id.</summary>
    [Parameter]
    public EventCallback<string> OnAccepted { get; set; }

    private bool Ready => _browser is not null && _uploaded is null;

    /// <summary>The browser has a file for a field.</summary>
    [JSInvokable]
    public void Chose(string field, ChosenFile file)
    {
        _files[field] = file;
        var most = field == Fields.Image ? media.Value.MaxImageBytes : media.Value.MaxVoiceBytes;
        RequestProblem[] tooLarge = file.Size <= most ? [] :
            [new("upload_too_large", field, $"The file has {Words.Bytes(file.Size)}.", $"Choose one of at most {Words.Bytes(most)}.")];
        _problems = [.. _problems.Where(problem => problem.Field != field), .. tooLarge];
        StateHasChanged();
    }

    /// <summary>The browser has sent this much, in percent.</summary>
    [JSInvokable]
    public void Uploaded(int percent)
    {
        _uploaded = percent;
        StateHasChanged();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        _leaving.Dispose();
        try
        {
            if (_browser is not null)
                await _browser.InvokeVoidAsync("dispose");
            foreach (var reference in new[] { _browser, _module })
                await (reference?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and what it held with it.
        }

        _self?.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => Offer(await fleet.EnginesAsync());

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_refused)
        {
            _refused = false;
            await _browser!.InvokeVoidAsync("reveal", _leaving.Token);
        }

        if (!firstRender)
            return;

        _self = DotNetObjectReference.Create(this);
        _module = await script.InvokeAsync<IJSObjectReference>("import", _leaving.Token, $"/{Assets["composer.js"]}");
        _browser = await _module.InvokeAsync<IJSObjectReference>("attach", _leaving.Token, _form, _self);
        StateHasChanged();
        await Following.RunAsync(FollowEnginesAsync, time, _leaving.Token);
    }

    private async Task FollowEnginesAsync(CancellationToken leaving)
    {
        using var timer = new PeriodicTimer(LiveFleet.Age, time);
        while (await timer.WaitForNextTickAsync(leaving))
        {
            Offer(await fleet.EnginesAsync());
            StateHasChanged();
        }
    }

    // What somebody chose stays chosen while a runner for it lives; otherwise the best that is offered.
    private void Offer(IReadOnlyList<string> offered)
    {
        var first = _offered is null;
        _offered = offered;
        if (offered.Count > 0 && (first || !offered.Contains(_engine)))
            _engine = offered[0];
    }

    private ChosenFile? File(string field) => _files.GetValueOrDefault(field);

    private bool Has(string field) => _problems.Any(problem => problem.Field == field);

    private string? Said(string field) => Has(field) ? string.Join(' ', _problems.Where(problem => problem.Field == field).Select(problem => $"{problem.Message} {problem.Remedy}")) : null;

    private async Task RemoveAsync(string field)
    {
        await _browser!.InvokeVoidAsync("remove", field);
        _files.Remove(field);
        _problems = [.. _problems.Where(problem => problem.Field != field)];
    }

    private async Task SetTwoPeopleAsync(bool two)
    {
        _twoPeople = two;
        if (!two)
            await RemoveAsync(Fields.Voice2);
    }

    private async Task TrySampleAsync()
    {
        var sample = _twoPeople ? Sample.TwoPeople : Sample.OnePerson;
        (_prompt, _problems, _failure) = (sample.Prompt, [], null);
        try
        {
            await _browser!.InvokeVoidAsync("choose", sample.Files);
        }
        catch (JSException exception)
        {
            _failure = new SubmissionAnswer(0, null, "The sample could not be loaded.", exception.Message, null);
        }
    }

    private async Task SubmitAsync()
    {
        // A form is also submitted by the Enter key, whatever the button says.
        if (!Ready || _problems.Any(problem => problem.Code == "upload_too_large"))
            return;

        (_problems, _failure, _uploaded) = ([], null, 0);
        try
        {
            var answer = await _browser!.InvokeAsync<SubmissionAnswer>("submit", Timeout.InfiniteTimeSpan, JobsApi.Root, _prompt, Options());
            if (answer.Id is { } id)
                await OnAccepted.InvokeAsync(id);
            else if (answer.Errors is { Count: > 0 } errors)
                (_problems, _refused) = (errors, true);
            else
                _failure = answer;
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone; what it had sent in whole is in the list of jobs.
        }
        finally
        {
            _uploaded = null;
        }
    }

    private string Options() => JsonSerializer.Serialize(
        new GenerationOptions { Engine = _engine, Size = _size, Steps = _steps, Seed = _seed, AudioType = File(Fields.Voice2) is null ? null : _audioType },
        ContractsJson.Default.GenerationOptions);
}
