using System.Text;
using System.Text.Json.Serialization;

namespace MultiTalk.StandIn;

/// <summary>Something that the stand-in does: a function of its script and the arguments.</summary>
[JsonConverter(typeof(StepConverter))]
public sealed class Step
{
    /// <summary>The name of the video beside the script.</summary>
    internal const string Video = "video.mp4";

    private Step(string name, params object[] arguments) => Parts = [name, .. arguments];

    internal IReadOnlyList<object> Parts { get; }

    /// <summary>Writes a text to stdout.</summary>
    public static Step Out(string text) => Write(error: false, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a text to stderr.</summary>
    public static Step Error(string text) => Write(error: true, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes so that they are one read of whoever reads them.</summary>
    /// <param name="error">To stderr.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="apart">Whether every byte is a read of its own instead.</param>
    public static Step Write(bool error, byte[] bytes, bool apart = false) => new("write", Stream(error), Convert.ToBase64String(bytes), apart);

    /// <summary>Writes bytes over and over, as fast as they are read.</summary>
    public static Step Flood(bool error, byte[] bytes, int times) => new("flood", Stream(error), Convert.ToBase64String(bytes), times);

    /// <summary>Waits.</summary>
    public static Step Wait(TimeSpan time) => new("wait", time.TotalSeconds);

    /// <summary>Puts the scenario's video where the runner expects it.</summary>
    public static Step Save() => new("save", Video);

    /// <summary>
    /// Starts a child, a grandchild and so on, which all keep the output open and live until they are killed. Each of them and
    /// the script itself write their process id to stdout, in a line of its own.
    /// </summary>
    /// <param name="generations">How many in all.</param>
    /// <param name="session">Whether each leaves the process group for one of its own.</param>
    public static Step Fork(int generations, bool session = false) => new("fork", generations, session);

    /// <summary>Ignores SIGTERM, SIGINT and SIGHUP from here on; so do those that are forked later.</summary>
    public static Step Deaf() => new("deaf");

    /// <summary>Does nothing until it is killed.</summary>
    public static Step Hang() => new("hang");

    /// <summary>Ends with an exit code.</summary>
    public static Step End(int code) => new("end", code);

    /// <summary>Ends by a signal.</summary>
    public static Step Die(int signal) => new("die", signal);

    /// <summary>Does some steps until it is killed.</summary>
    public static Step Again(params Step[] steps) => new("again", [steps]);

    private static int Stream(bool error) => error ? 2 : 1;
}
