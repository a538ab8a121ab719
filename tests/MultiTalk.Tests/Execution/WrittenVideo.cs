using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Execution;

/// <summary>A workspace in which the script has ended, with an <c>output.mp4</c> of the test's making.</summary>
internal sealed class WrittenVideo : IDisposable
{
    // As upstream writes: imageio at quality 5, then a second pass at the default.
    private const string FirstPass = "-c:v libx264 -pix_fmt yuv420p -crf 25";
    private const string SecondPass = "-c:v libx264 -c:a aac";

    private readonly FakeCheckout _checkout;

    private WrittenVideo(FakeCheckout checkout, Workspace workspace) => (_checkout, Workspace) = (checkout, workspace);

    public Workspace Workspace { get; }

    /// <summary>What the script wrote.</summary>
    public string Output => Workspace.PathOf(ColabLayout.Output);

    /// <summary>What was made of it.</summary>
    public string Final => Path.Combine(Workspace.Home, OutputCollector.Video);

    /// <summary>A plan of a video of 320×320 pixels and so many frames.</summary>
    public static GenerationPlan Plan(int frames = 50) => Plans.Of() with { Width = 320, Height = 320, Frames = frames };

    public static async Task<WrittenVideo> NoneAsync()
    {
        var checkout = await FakeCheckout.WithAsync("");
        return new(checkout, Workspace.Create(checkout.Workspaces, "job-1", checkout.Path));
    }

    /// <summary>A video that ffmpeg makes of the test's own arguments, which hold no blanks.</summary>
    public static async Task<WrittenVideo> OfAsync(string arguments)
    {
        var video = await NoneAsync();
        await Ffmpeg.MakeAsync(arguments, video.Output);
        return video;
    }

    /// <summary>Moving pictures of 320×320 pixels.</summary>
    /// <param name="frames">How many.</param>
    /// <param name="sound">The sound's source: an option <c>-i</c> and what belongs to it.</param>
    /// <param name="more">Options of the output.</param>
    public static Task<WrittenVideo> MovingAsync(int frames = 50, string sound = "-f lavfi -i sine=r=16000", string more = "-c:a aac") =>
        OfAsync($"-f lavfi -i testsrc2=s=320x320:r=25 {sound} -frames:v {frames} -t {Seconds(frames)} -pix_fmt yuv420p -preset ultrafast {more}");

    /// <summary>Pictures of a source of lavfi or a file, encoded as upstream does.</summary>
    public static async Task<WrittenVideo> EncodedAsync(string source, int frames)
    {
        var video = await NoneAsync();
        var first = video.Workspace.PathOf("output-temp.mp4");
        await Ffmpeg.MakeAsync($"{source} -frames:v {frames} -r 25 {FirstPass}", first);
        await Ffmpeg.MakeAsync($"-i {first} -f lavfi -i sine=r=16000 -t {Seconds(frames)} {SecondPass}", video.Output);
        return video;
    }

    public Task<VideoFacts> VerifyAsync(GenerationPlan plan) => OutputVerifier.VerifyAsync(Output, plan, new(), TestContext.Current.CancellationToken);

    public Task<VideoFacts> CollectAsync(GenerationPlan plan, VideoMarks? marks = null) =>
        OutputCollector.CollectAsync(Workspace, plan, new(), marks ?? VideoMarks.Of("job", plan), TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Workspace.Dispose();
        _checkout.Dispose();
    }

    private static string Seconds(int frames) => FormattableString.Invariant($"{frames / 25.0}");
}
