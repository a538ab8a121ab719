using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Diagnosis;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>The end of the script's output and what stood out in all of it; bounded, however much that is.</summary>
public sealed partial class ScriptLog
{
    private const int MaxLines = 60;

    // Lines of output that are kept of each known failure.
    private const int MaxEvidence = 3;

    // What the script says when it enters a stage, and the words for it.
    private static readonly (string Line, string Stage)[] _stages =
    [
        ("INFO: Generation model config", "while it read its inputs"),
        ("INFO: Creating MultiTalk pipeline", "while the model was loaded"),
        ("INFO: Creating WanModel", "while the weights of the video model were loaded"),
        ("INFO: Loading quantized", "while the weights of the video model were loaded"),
        ("Registered LoRA metadata", "while a LoRA was merged into the weights"),
        ("INFO: Generating video", "while the video was generated"),
        ("INFO: Saving generated video", "while the video was saved"),
    ];

    private readonly Queue<string> _lines = new();
    private readonly Dictionary<FailureEntry, List<string>> _evidence = [];

    // Under torchrun each process names itself at the start of its lines; they may come in between each other's.
    private readonly Dictionary<string, TracebackReader> _tracebacks = [];
    private bool _ofRank;

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Whether the script said that it was done.</summary>
    public bool Finished { get; private set; }

    /// <summary>Whether the script's own log was heard at all.</summary>
    public bool Spoke { get; private set; }

    /// <summary>What the script did last, as the end of a sentence such as <c>while the model was loaded</c>.</summary>
    public string Stage { get; private set; } = "while it started";

    /// <summary>The head of the last exception, such as <c>KeyError: 'prompt'</c>; null without one. It is the message.</summary>
    public string? LastException => Chain?.Exceptions[^1].Head;

    /// <summary>The head of the first exception of a chain, which is the cause.</summary>
    public string? FirstException => Chain?.Exceptions[0].Head;

    /// <summary>The exceptions that ended the script, as far as it can be told.</summary>
    public ExceptionChain? Chain { get; private set; }

    /// <summary>Whether the script did more after that, so it did not end there.</summary>
    public bool WentOn { get; private set; }

    /// <summary>Takes a bar, of which no line may come.</summary>
    public void AddBar() => WentOn = Chain is not null;

    /// <summary>Takes the next line.</summary>
    /// <param name="line">Without its newline and terminal codes.</param>
    /// <param name="error">Whether it came from stderr, where tracebacks are printed.</param>
    public void Add(string line, bool error = true)
    {
        _lines.Enqueue(line);
        if (_lines.Count > MaxLines)
            _lines.Dequeue();

        foreach (var (start, stage) in _stages)
        {
            if (line.Contains(start, StringComparison.OrdinalIgnoreCase))
                Stage = stage;
        }

        if (Own().IsMatch(line))
        {
            // It names files and settings, which prove nothing.
            Spoke = true;
            WentOn = Chain is not null;
            Finished |= line.EndsWith("INFO: Finished.", StringComparison.Ordinal);
            return;
        }

        // What Python and torch warn of is no failure: healthy runs are full of it.
        if (!line.Contains("Warning: ", StringComparison.Ordinal) && FailureCatalogue.AnyOfThem.IsMatch(line))
        {
            foreach (var entry in FailureCatalogue.Anywhere.Where(entry => entry.LinePattern.IsMatch(line)))
                Keep(entry, line);
        }

        if (error)
            ReadTraceback(line);
    }

    /// <summary>The lines that show a failure; none if nothing shows it.</summary>
    public IReadOnlyList<string> EvidenceOf(FailureEntry entry) => _evidence.GetValueOrDefault(entry) ?? [];

    private void Keep(FailureEntry entry, string line)
    {
        if (!_evidence.TryGetValue(entry, out var lines))
            _evidence[entry] = lines = [];
        if (lines.Count < MaxEvidence)
            lines.Add(line);
    }

    private void ReadTraceback(string line)
    {
        var rank = Rank().Match(line);
        var text = line[rank.Length..];
        if (text.Length == 0)
            return;
        if (!_tracebacks.TryGetValue(rank.Value, out var reader))
            _tracebacks[rank.Value] = reader = new(chain => Consider(chain, ranked: rank.Length > 0));
        reader.Add(text);
    }

    // The last chain ended the script; of several processes the first one took the others along. What starts those processes
    // reports their end with an exception of its own.
    private void Consider(ExceptionChain chain, bool ranked)
    {
        var launcher = chain.Exceptions[0].Head.StartsWith("torch.distributed.elastic.", StringComparison.Ordinal);
        if (Chain is null || (!launcher && !(ranked && _ofRank)))
            (Chain, _ofRank, WentOn) = (chain, ranked, false);
    }

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\d [\d:,]+\] [A-Z]+: ", RegexOptions.CultureInvariant)]
    private static partial Regex Own();

    // No more than ranks of a host: whatever else stands there is part of the line.
    [GeneratedRegex(@"^\[rank\d{1,2}\]: ?", RegexOptions.CultureInvariant)]
    private static partial Regex Rank();
}
