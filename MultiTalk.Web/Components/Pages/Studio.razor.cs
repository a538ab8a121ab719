using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components.Pages;

/// <summary>Where videos are made: the form, the job at hand, and those before it.</summary>
public sealed partial class Studio(JobStore store, NavigationManager navigation)
{
    private ElementReference _side;

    /// <summary>The job at hand. It stands in the address, so that a reload shows the same.</summary>
    [SupplyParameterFromQuery(Name = "job")]
    public string? Job { get; set; }

    /// <summary>Without one in the address: the person's newest job, if it has not ended.</summary>
    [PersistentState]
    public string? Unfinished { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    private string? Current => string.IsNullOrEmpty(Job) ? Unfinished : Job;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        if (Unfinished is null && string.IsNullOrEmpty(Job))
        {
            var user = (await Authentication).User;
            var newest = await store.ListAsync(new(user.Owner()), before: null, limit: 1);
            Unfinished = newest is [{ Ended: false } job] ? job.Id : null;
        }
    }

    // On a narrow screen the job is far below the button that made it.
    private async Task ShowAsync(string id)
    {
        navigation.NavigateTo(navigation.GetUriWithQueryParameter("job", id), replace: true);
        await _side.FocusAsync();
    }
}
