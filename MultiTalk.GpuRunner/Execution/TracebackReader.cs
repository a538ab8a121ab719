using System.Text.RegularExpressions;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Finds Python's tracebacks among the lines of one process.</summary>
/// <param name="onChain">Gets a chain when its first exception is known; later ones are added to it.</param>
internal sealed partial class TracebackReader(Action<ExceptionChain> onChain)
{
    private ExceptionChain? _chain;
    private RaisedError? _exception;
    private bool _frames;
    private bool _connected;
    private bool _aside;

    /// <summary>Takes the next line.</summary>
    public void Add(string line)
    {
        if (line.StartsWith("Traceback (most recent call last):", StringComparison.Ordinal))
        {
            if (!_connected)
                _chain = _aside ? null : new();
            (_frames, _connected, _aside, _exception) = (true, false, false, null);
            _chain?.Add(line);
        }
        else if (IsConnection(line))
        {
            (_frames, _connected, _exception) = (false, true, null);
            _chain?.Add(line);
        }
        else if (Aside().IsMatch(line))
        {
            // Of a thread or an object that is thrown away: the script lives on, or has already failed of something else.
            (_frames, _aside, _exception) = (false, true, null);
        }
        else
        {
            // Its traceback follows at once, if there is one.
            _aside = false;
            ReadOn(line);
        }
    }

    // Frames are indented; the first line that is not and looks like an exception is one. Others came in between.
    private void ReadOn(string line)
    {
        if (!_frames)
        {
            if (_exception is null)
                return;
            _exception.Add(line);
            _chain?.Add(line);
        }
        else if (char.IsWhiteSpace(line[0]))
        {
            _chain?.Add(line);
        }
        else if (Head().IsMatch(line))
        {
            (_frames, _exception) = (false, new(line));
            if (_chain is null)
                return;
            _chain.Add(line);
            _chain.Add(_exception);
            if (_chain.Exceptions.Count == 1)
                onChain(_chain);
        }
    }

    private static bool IsConnection(string line) =>
        line is "During handling of the above exception, another exception occurred:" or "The above exception was the direct cause of the following exception:";

    // "KeyError: 'x'", "AssertionError", "subprocess.CalledProcessError: …", "__main__.f.<locals>.Wrong: …"
    [GeneratedRegex(@"^(?:[A-Z]\w*|_?[a-zA-Z]\w*(?:\.[\w<>]+)+|__main__(?:\.[\w<>]+)+)(?:: |:?$)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Head();

    [GeneratedRegex(@"^(?:Exception ignored in|Exception in thread|Error in atexit\._run_exitfuncs)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Aside();
}
