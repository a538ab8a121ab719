using System.Globalization;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>A workspace as a job gets it, with inputs that nobody reads; it goes, and so do the directories made for it.</summary>
internal sealed class ProbeWorkspace : IDisposable
{
    private readonly List<string> _made = [];

    private ProbeWorkspace()
    {
    }

    /// <summary>The workspace; null if none could be made anywhere.</summary>
    public Workspace? Workspace { get; private set; }

    /// <summary>Why it could not be made where jobs have theirs; null if it could.</summary>
    public string? Problem { get; private set; }

    /// <summary>Makes one where jobs have theirs, or, where that fails, for temporary files, so that the rest can still be seen.</summary>
    public static ProbeWorkspace Create(RunnerOptions options, ModelReport models)
    {
        var place = new ProbeWorkspace();
        try
        {
            place.Problem = place.TryCreate(options.Workspaces, options, models);
            if (place.Problem is not null)
                place.TryCreateElsewhere(options, models);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Workspace?.Dispose();
        // The deepest first, and only what is still empty: a worker may have started in it meanwhile.
        foreach (var directory in _made)
        {
            try
            {
                Directory.Delete(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use by now, or never made.
            }
        }
    }

    // Under a name that nobody can have taken before.
    private void TryCreateElsewhere(RunnerOptions options, ModelReport models)
    {
        try
        {
            var root = Directory.CreateTempSubdirectory("multitalk-doctor-").FullName;
            _made.Add(root);
            TryCreate(root, options, models);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then there is none.
        }
    }

    private string? TryCreate(string root, RunnerOptions options, ModelReport models)
    {
        try
        {
            for (var directory = Path.GetFullPath(root); !Directory.Exists(directory); directory = Path.GetDirectoryName(directory)!)
                _made.Add(directory);
            var name = string.Create(CultureInfo.InvariantCulture, $"doctor-{Environment.ProcessId}-{Guid.NewGuid():N}");
            Workspace = Workspace.Create(root, name, CheckoutFacts.Usable(options), models.Root is null ? null : models);
            foreach (var input in (string[])[ColabLayout.Picture, ColabLayout.Voice(1), ColabLayout.Voice(2)])
                File.WriteAllBytes(Workspace.PathOf(input), [0]);
            File.WriteAllText(Workspace.PathOf(ColabLayout.Input), InputJson.Write("Two people talk", TwoPeople()));
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            Workspace?.Dispose();
            Workspace = null;
            return exception.Message;
        }
    }

    private static GenerationPlan TwoPeople()
    {
        var voice = new SpeakerRequest(new VoiceFacts(10 * VoiceFacts.SampleRate));
        return Planner.Plan(new("Two people talk", new(1280, 720), [voice, voice], new() { Seed = 1 }), Engine.MultiTalk);
    }
}
