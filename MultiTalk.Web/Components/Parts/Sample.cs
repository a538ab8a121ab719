namespace MultiTalk.Web.Components.Parts;

/// <summary>What "Try the sample" fills in.</summary>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Files">Fields and the addresses of the files for them.</param>
internal sealed record Sample(string Prompt, IReadOnlyDictionary<string, string> Files)
{
    private const string Root = "/samples/";

    private static readonly string _directory = Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>The route of <see cref="Get"/>.</summary>
    public const string Route = Root + "{name}";

    public static Sample OnePerson { get; } = new(
        "A woman talks to the camera in a bright room, calm and friendly.",
        new Dictionary<string, string> { [Fields.Image] = Root + "portrait.png", [Fields.Voice1] = Root + "voice.wav" });

    public static Sample TwoPeople { get; } = new(
        "Two people sit side by side and talk with each other, relaxed and friendly.",
        new Dictionary<string, string>
        {
            [Fields.Image] = Root + "couple.png",
            [Fields.Voice1] = Root + "voice-left.wav",
            [Fields.Voice2] = Root + "voice-right.wav",
        });

    /// <summary>Answers with one of the files, and with nothing else.</summary>
    public static IResult Get(string name) =>
        OnePerson.Files.Values.Concat(TwoPeople.Files.Values).Contains(Root + name)
            ? Results.File(Path.Combine(_directory, name), name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "audio/wav")
            : Results.NotFound();
}
