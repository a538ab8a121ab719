using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class ProgressReaderTests
{
    private readonly Listener _listener = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("single-streaming", 2)]
    [InlineData("two-person-streaming", 3)]
    [InlineData("clip-buffered", 1)]
    public void A_recorded_run_is_followed_to_its_end_whatever_the_portions(string name, int segments)
    {
        var whole = Replay(name, segments, portion: int.MaxValue);
        var bytes = Replay(name, segments, portion: 1);
        Assert.Equal(whole, bytes);
    }

    [Fact]
    public void Every_step_of_a_segment_is_seen_at_once()
    {
        var reader = Reader(segments: 2);
        Feed(reader, "[2026-11-22 15:54:58,952] INFO: Generating video ...\n", error: false);
        for (var segment = 1; segment <= 2; segment++)
        {
            for (var step = 0; step <= 8; step++)
            {
                Feed(reader, $"\r  {step * 100 / 8}%|█▎        | {step}/8 [00:09<01:08,  9.76s/it]");
                Assert.Equal((segment, step == 8 ? Phase.Decoding : Phase.Sampling, 10 + (80 * (((segment - 1) * 8) + step) / 16d)), (Now.Segment, Now.Phase, Now.Percent));
            }

            // The finished bar again, with its overall rate and the newline.
            Feed(reader, "\r100%|██████████| 8/8 [00:13<00:00,  1.72s/it]\n");
            Assert.Equal((segment, Phase.Decoding), (Now.Segment, Now.Phase));
        }

        // A third bar is not in the plan.
        Feed(reader, "\r  0%|          | 0/8 [00:00<?, ?it/s]");
        Assert.Equal(2, Now.Segment);
    }

    [Fact]
    public void The_end_is_told_from_the_pace_seen_so_far()
    {
        var reader = Reader(segments: 2);
        Feed(reader, "[x] INFO: Generating video ...\n", error: false);
        Step(0, seconds: 0);
        Step(1, seconds: 60);
        Assert.Null(Now.EtaSeconds);
        Step(2, seconds: 10);
        Assert.Equal(14 * 10, Now.EtaSeconds);
        for (var step = 3; step <= 8; step++)
            Step(step, seconds: 10);
        Assert.Equal(8 * 10, Now.EtaSeconds);

        // Decoding took 30 s; after the second segment as much is expected again.
        Step(0, seconds: 30);
        Step(1, seconds: 20);
        Assert.Equal((7 * 20) + 30, Now.EtaSeconds);

        void Step(int step, int seconds)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Feed(reader, $"\r  {step * 100 / 8}%|█▎        | {step}/8 [00:09<01:08,  9.76s/it]");
        }
    }

    [Fact]
    public void An_exception_is_told_from_its_traceback()
    {
        var reader = Reader(segments: 1);
        foreach (var read in Transcript.Load("fail-frame-num-43").Reads)
            reader.Read(read.Error, read.Bytes);

        Assert.Equal("RuntimeError: shape '[1, 11, 4, 56, 112]' is invalid for input of size 288512", reader.Log.LastException);
        Assert.Equal(reader.Log.LastException, reader.Log.FirstException);
        Assert.Equal(reader.Log.LastException, reader.Log.Lines[^1]);
        Assert.False(reader.Log.Finished);
        Assert.Equal(Phase.Loading, Now.Phase);
    }

    [Fact]
    public void A_chain_of_exceptions_has_a_cause_and_a_message()
    {
        var reader = Reader(segments: 1);
        Feed(reader, "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nsafetensors.SafetensorError: header\n\n"
            + "During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n    ^^^^\nOSError: Unable to load weights\nand a second line\n");
        Assert.Equal(("safetensors.SafetensorError: header", "OSError: Unable to load weights"), (reader.Log.FirstException, reader.Log.LastException));
    }

    [Fact]
    public void Lines_hold_no_bars_and_no_terminal_codes()
    {
        var reader = Reader(segments: 1);
        Feed(reader, "\u001b[32m12:00:00\u001b[0m | \u001b]0;title\u0007INFO | loaded\a\r\n");
        Feed(reader, "\rLoading checkpoint shards: 100%|██████████| 8/8 [00:00<00:00, 181.61it/s]\n");
        Feed(reader, "frame=   50 fps=0.0\rframe=   81 fps=10 \r\n\n  indented\n");
        Feed(reader, "\r 38%|███▊      | 3/8 [00:11<00:13,  2.70s/it]Traceback (most recent call last):\n");
        Feed(reader, "no newline at the end");
        reader.Read(error: true, []);
        Assert.Equal(["12:00:00 | INFO | loaded", "frame=   81 fps=10", "  indented", "Traceback (most recent call last):", "no newline at the end"], _listener.Lines);
    }

    [Fact]
    public void Garbage_is_survived()
    {
        var reader = Reader(segments: 1);
        var megabyte = new byte[1 << 20];
        Array.Fill(megabyte, (byte)'x');
        for (var i = 0; i < 8; i++)
            reader.Read(error: true, megabyte);
        reader.Read(error: true, "\n"u8);
        reader.Read(error: true, [0xFF, 0xFE, 0xC3]);
        reader.Read(error: true, "|\0 99999999999/99999999999 [\n"u8);
        Feed(reader, "\r100%|█| 99999999999/99999999999 [\r-1%|█| 9/8 [\r 5%|█| 0/0 [\n");
        Feed(reader, new string('x', 1_999) + "\ud83d\ude00\n");
        Random.Shared.NextBytes(megabyte);
        reader.Read(error: false, megabyte);

        Assert.All(_listener.Lines, line => Assert.InRange(line.Length, 1, 2_000));
        Assert.InRange(reader.Log.Lines.Count, 1, 60);
        Assert.NotEmpty(JsonSerializer.SerializeToUtf8Bytes(new Heartbeat(Now, _listener.Lines), ContractsJson.Default.Heartbeat));
        Assert.Equal(0, Now.Segment);
    }

    [Theory]
    [InlineData(2_000, 'x')]
    [InlineData(2_001, '…')]
    [InlineData(100_000, '…')]
    public void A_line_that_was_cut_ends_with_an_ellipsis(int length, char last)
    {
        var reader = Reader(segments: 1);
        Feed(reader, new string('x', length) + "\nnext\n");
        Assert.Equal((2_000, last, "next"), (_listener.Lines[0].Length, _listener.Lines[0][^1], _listener.Lines[1]));
    }

    [Fact]
    public void A_line_is_never_cut_within_a_character()
    {
        var reader = Reader(segments: 1);
        Feed(reader, new string('x', 1_998) + "\ud83d\ude00yz\n");
        Assert.Equal(new string('x', 1_998) + "…", Assert.Single(_listener.Lines));
    }

    private GenerationProgress Now => _listener.Progress[^1];

    private ProgressReader Reader(int segments)
    {
        var reader = new ProgressReader(Plans.Of(segments), _listener, _listener, _time);
        reader.Enter(Phase.Preparing);
        reader.Enter(Phase.Loading);
        return reader;
    }

    private static void Feed(ProgressReader reader, string text, bool error = true) => reader.Read(error, Encoding.UTF8.GetBytes(text));

    private static List<(Phase Phase, int Segment)> Replay(string name, int segments, int portion)
    {
        var time = new FakeTimeProvider();
        var listener = new Listener();
        var reader = new ProgressReader(Plans.Of(segments), listener, listener, time);
        reader.Enter(Phase.Preparing);
        reader.Enter(Phase.Loading);
        var transcript = Transcript.Load(name);
        var before = 0d;
        foreach (var (seconds, error, bytes) in transcript.Reads)
        {
            time.Advance(TimeSpan.FromSeconds(seconds - before));
            before = seconds;
            foreach (var part in bytes.Chunk(Math.Min(portion, bytes.Length)))
                reader.Read(error, part);
        }

        var progress = listener.Progress;
        Assert.All(progress.Zip(progress.Skip(1)), pair => Assert.True(pair.Second.Percent >= pair.First.Percent && pair.Second.Segment >= pair.First.Segment));
        Assert.Equal(segments * 9, progress.Count(item => item.Phase is Phase.Sampling or Phase.Decoding));
        Assert.Equal((Phase.Saving, 97d, segments), (progress[^1].Phase, progress[^1].Percent, progress[^1].Segment));
        Assert.DoesNotContain(listener.Lines, line => line.Contains("s/it", StringComparison.Ordinal) || line.Contains("it/s]", StringComparison.Ordinal));
        Assert.True(reader.Log.Finished);

        var steps = progress.Select(item => (item.Phase, item.Segment)).Distinct().ToList();
        Assert.Equal(
            [(Phase.Preparing, 0), (Phase.Loading, 0), .. Enumerable.Range(1, segments).SelectMany(segment => new[] { (Phase.Sampling, segment), (Phase.Decoding, segment) }), (Phase.Saving, segments)],
            steps);
        return steps;
    }
}
