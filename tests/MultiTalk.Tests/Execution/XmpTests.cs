using System.Text;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Tests.Execution;

public sealed class XmpTests
{
    private const string Job = "01K<&\"é>";

    private static readonly VideoMarks _real = new(Job, 4_294_967_295, Engine.MultiTalk, "Wan2.1-I2V-14B-480P, bf16", "MultiTalk 1.2.3");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_generated_video_says_that_it_is_one()
    {
        using var video = await CollectedAsync(_real);
        var tags = await ExifToolAsync(video.Final);

        Assert.Equal("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", tags["XMP-iptcExt:DigitalSourceType"]);
        Assert.Equal("MultiTalk 1.2.3", tags["XMP-xmp:CreatorTool"]);
        Assert.Equal("MeiGen MultiTalk", tags["XMP-iptcExt:AISystemUsed"]);
        Assert.Equal("Wan2.1-I2V-14B-480P, bf16", tags["XMP-iptcExt:AISystemVersionUsed"]);
        Assert.Equal(("AI-generated video", _real.Description), (tags["XMP-dc:Title"], tags["XMP-dc:Description"]));
        Assert.Equal((Job, "4294967295"), (tags["XMP-multitalk:Job"], tags["XMP-multitalk:Seed"]));
        Assert.Equal(("multitalk", "MeiGen MultiTalk (Wan2.1-I2V-14B-480P, bf16)"), (tags["XMP-multitalk:Engine"], tags["XMP-multitalk:Model"]));
    }

    [Fact]
    public async Task A_preview_says_preview_and_claims_no_artificial_intelligence()
    {
        using var video = await CollectedAsync(new(Job, 7, Engine.Preview, null, "MultiTalk 1.2.3"));
        var tags = await ExifToolAsync(video.Final);

        Assert.Equal("http://cv.iptc.org/newscodes/digitalsourcetype/composite", tags["XMP-iptcExt:DigitalSourceType"]);
        Assert.Equal(("Preview", "preview"), (tags["XMP-dc:Title"], tags["XMP-multitalk:Engine"]));
        Assert.StartsWith("Preview", tags["XMP-dc:Description"], StringComparison.Ordinal);
        Assert.DoesNotContain(tags.Keys, tag => tag.Contains("AISystem", StringComparison.Ordinal) || tag.EndsWith(":Model", StringComparison.Ordinal));
        Assert.DoesNotContain(tags.Values, value => value.Contains("AI-generated", StringComparison.Ordinal));
        Assert.All((await TagsAsync(video.Final)).Values, value => Assert.StartsWith("preview", value, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Players_show_that_it_is_generated()
    {
        using var video = await CollectedAsync(_real);
        var tags = await TagsAsync(video.Final);

        Assert.Equal(["comment", "description", "title"], tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((_real.Title, _real.Description), (tags["title"], tags["description"]));
        Assert.Equal($"AI-generated with MultiTalk 1.2.3, engine multitalk, model MeiGen MultiTalk (Wan2.1-I2V-14B-480P, bf16), seed 4294967295, job {Job}", tags["comment"]);
    }

    [Fact]
    public async Task What_is_marked_can_still_be_read_to_its_end()
    {
        using var video = await CollectedAsync(_real);
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-xerror", "-i", video.Final, "-f", "null", "-"])
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Assert.Fail)).ExecuteAsync(Cancellation);
        Assert.Equal((50, 2), ((await MediaProbe.StreamsAsync(video.Final, Cancellation)) is var streams ? streams.Frames : 0, Math.Round(streams.AudioSeconds, 1)));
    }

    [Fact]
    public async Task Nothing_of_the_user_s_is_in_it()
    {
        using var video = await WrittenVideo.MovingAsync(more: "-c:a aac -metadata title=secret -metadata artist=secret");
        await video.CollectAsync(WrittenVideo.Plan() with { KeepOriginalAudio = false });
        var bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(video.Final, Cancellation));

        Assert.All(["secret", "A woman", video.Workspace.Home, ".png", ".wav", "Lavf"], text => Assert.DoesNotContain(text, bytes, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "bf16")]
    [InlineData("int8", "int8")]
    public void The_weights_are_those_of_the_plan(string? quant, string name)
    {
        var plan = Plans.Of() with { Engine = Engine.MultiTalk, Quant = quant, Loras = [new(Preset.FusionX, 0.5)], Seed = 9 };
        var marks = VideoMarks.Of("job", plan);

        Assert.Equal(("job", 9, "multitalk", $"Wan2.1-I2V-14B-480P, {name}, LoRA Wan2.1_I2V_14B_FusionX_LoRA at 0.5"), (marks.Job, marks.Seed, marks.Engine, marks.Model));
        Assert.Matches(@"^MultiTalk \d+\.\d+\.\d+$", marks.Generator);
        Assert.Null(VideoMarks.Of("job", plan with { Engine = Engine.Preview }).Model);
    }

    private static async Task<WrittenVideo> CollectedAsync(VideoMarks marks)
    {
        var video = await WrittenVideo.MovingAsync();
        await video.CollectAsync(WrittenVideo.Plan() with { KeepOriginalAudio = false }, marks);
        return video;
    }

    /// <summary>What exiftool finds, under group and name.</summary>
    private static async Task<Dictionary<string, string>> ExifToolAsync(string file)
    {
        var result = await Cli.Wrap("exiftool").WithArguments(["-json", "-G1", "-n", "-XMP:all", file]).ExecuteBufferedAsync(Cancellation);
        Assert.Empty(result.StandardError);
        using var document = JsonDocument.Parse(result.StandardOutput);
        return document.RootElement[0].EnumerateObject().ToDictionary(tag => tag.Name, tag => tag.Value.ToString());
    }

    /// <summary>What ffprobe finds of the plain tags, without what every mp4 has.</summary>
    private static async Task<Dictionary<string, string>> TagsAsync(string file)
    {
        var result = await Cli.Wrap("ffprobe").WithArguments(["-v", "error", "-of", "json", "-show_entries", "format_tags", file]).ExecuteBufferedAsync(Cancellation);
        using var document = JsonDocument.Parse(result.StandardOutput);
        return document.RootElement.GetProperty("format").GetProperty("tags").EnumerateObject()
            .Where(tag => tag.Name is not ("major_brand" or "minor_version" or "compatible_brands"))
            .ToDictionary(tag => tag.Name, tag => tag.Value.ToString());
    }
}
