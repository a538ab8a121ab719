using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class ProgressReaderTests
{
    private static readonly Measurement _slowToLoad = new(Engine.Preview, 1, new(1_000, 1, 1, 1, 1), 1);

    private readonly Listener _listener = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("single-streaming", 2, 8)]
    [InlineData("two-person-streaming", 3, 8)]
    [InlineData("clip-buffered", 1, 8)]
    [InlineData("clip-lora-4-steps", 1, 4)]
    [InlineData("clip-int8-4-steps", 1, 4)]
    [InlineData("clip-apg-4-steps", 1, 4)]
    [InlineData("black-video-bad-bbox", 1, 6)]
    public void A_recorded_run_is_followed_to_its_end_whatever_the_portions(string name, int segments, int steps)
    {
        var reads = Transcript.Load(name).Reads;
        var whole = Replay(reads, segments, steps);
        Assert.Equal(
            [(Phase.Preparing, 0), (Phase.Loading, 0), .. Enumerable.Range(1, segments).SelectMany(segment => new[] { (Phase.Sampling, segment), (Phase.Decoding, segment) }), (Phase.Saving, segments)],
            whole);
        Assert.Equal(whole, Replay([.. reads.SelectMany(read => read.Bytes.Select(one => (read.Seconds, read.Error, new[] { one })))], segments, steps));
        Assert.Equal(whole, Replay([Block(error: true), Block(error: false)], segments, steps));

        (double Seconds, bool Error, byte[] Bytes) Block(bool error) => (0, error, [.. reads.Where(read => read.Error == error).SelectMany(read => read.Bytes)]);
    }

    [Fact]
    public void Every_step_of_a_segment_is_seen_at_once()
    {
        // Of 120 s a twelfth is loading and as much is saving.
        var plan = Plans.Of(segments: 2);
        var reader = new ProgressReader(plan, _listener, _listener, _time, [new(plan.Engine, 1, new(10, 0, 100 / Workload.Units(plan), 0, 10), 1)]);
        reader.Enter(Phase.Loading);
        Feed(reader, "[2026-11-22 15:54:58,952] INFO: Generating video ...\n", error: false);
        for (var segment = 1; segment <= 2; segment++)
        {
            for (var step = 0; step <= 8; step++)
            {
                Feed(reader, $"\r  {step * 100 / 8}%|█▎        | {step}/8 [00:09<01:08,  9.76s/it]");
                Assert.Equal((segment, step, step == 8 ? Phase.Decoding : Phase.Sampling), (Now.Segment, Now.Step, Now.Phase));
                Assert.Equal(9 + (80 * (((segment - 1) * 8) + step) / 16d), Now.Percent);
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
    public void What_it_loads_moves_it_on()
    {
        var reader = Reader(segments: 1, _slowToLoad);
        foreach (var line in new[]
        {
            "INFO: Generation job args: Namespace(", "INFO: loading weights/models_t5_umt5-xxl-enc-bf16.pth", "INFO: Loading quantized T5 from weights/t5_int8.safetensors",
            "INFO: loading weights/Wan2.1_VAE.pth", "INFO: Creating WanModel from weights", "INFO: Loading Quantized MultiTalk from weights", "INFO: Loading Quantized LoRA from weights",
        })
        {
            Assert.True(Moved($"[x] {line}\n", error: false), line);
        }

        // These come without the others: a LoRA of the full model.
        Assert.False(Moved("\rLoading checkpoint shards:  12%|█▎ | 1/8 [00:09<01:08,  9.76s/it]"));
        Assert.True(Moved("\u001b[1mRegistered LoRA metadata for: FusionX from /models/FusionX.safetensors\u001b[0m\n"));
        Assert.True(Moved("\rLoading LoRA weights:  50%|█▎ | 300/600 [00:00<00:00, 57.14it/s]"));
        Assert.True(Moved("\u001b[1mApplied 600 LoRA weight adjustments\u001b[0m\n"));
        Assert.False(Moved("[x] INFO: Generation model config: {'t5_checkpoint': 'models_t5', 'vae_checkpoint': 'Wan2.1_VAE.pth'}\n"));

        bool Moved(string text, bool error = true)
        {
            var before = Now.Percent;
            Feed(reader, text, error);
            return Now.Percent > before;
        }
    }

    [Fact]
    public void The_names_of_files_in_the_configuration_are_no_milestones()
    {
        var reader = Reader(segments: 1, _slowToLoad);
        var before = _listener.Progress.Count;
        Feed(reader, "[x] INFO: Generation model config: {'t5_checkpoint': 'models_t5', 'vae_checkpoint': 'Wan2.1_VAE.pth', 'clip_checkpoint': 'models_clip'}\n", error: false);
        Assert.Equal(before, _listener.Progress.Count);
        Feed(reader, "\rLoading checkpoint shards:  12%|█▎ | 1/8 [00:09<01:08,  9.76s/it]");
        Assert.Equal(before + 1, _listener.Progress.Count);
    }

    [Fact]
    public void All_output_of_one_stream_first_still_ends_where_it_ends()
    {
        var reader = Reader(segments: 2);
        var reads = Transcript.Load("single-streaming").Reads;
        foreach (var error in new[] { false, true })
            reader.Read(error, [.. reads.Where(read => read.Error == error).SelectMany(read => read.Bytes)]);

        Assert.Equal((Phase.Saving, 97), (Now.Phase, Now.Percent));
        Assert.True(reader.Log.Finished);
        // What was sampled before is known to be over.
        Assert.DoesNotContain(_listener.Progress, progress => progress.Phase is Phase.Sampling or Phase.Decoding);
    }

    [Fact]
    public void Saving_is_not_done_when_its_bar_is()
    {
        var reader = Reader(segments: 1);
        Feed(reader, "[x] INFO: Saving generated video to output.mp4\n", error: false);
        var before = Now.Percent;
        Feed(reader, "\rSaving video: 100%|██████████| 81/81 [00:01<00:00, 57.14it/s]");
        Assert.InRange(Now.Percent, before + 0.1, 96.9);
        Feed(reader, "[x] INFO: Finished.\n", error: false);
        Assert.Equal(97, Now.Percent);
    }

    [Theory]
    [InlineData("\rSome files: 12%|█▎ | 1/8 [00:09<01:08,  9.76s/it]")]
    [InlineData("\r 112%|█▎ | 9/8 [00:09<01:08,  9.76s/it]")]
    [InlineData("\r 12%|█▎ | 1/9 [00:09<01:08,  9.76s/it]")]
    public void Bars_that_are_none_of_sampling_are_no_steps(string bar)
    {
        var reader = Reader(segments: 1);
        Feed(reader, "\r  0%|          | 0/8 [00:00<?, ?it/s]");
        var before = _listener.Progress.Count;
        Feed(reader, bar);
        Assert.Equal((before, 0), (_listener.Progress.Count, Now.Step));
    }

    [Fact]
    public void A_character_may_come_in_two_reads()
    {
        var reader = Reader(segments: 1);
        foreach (var one in Encoding.UTF8.GetBytes("größer als 1 € \ud83d\ude00\n"))
            reader.Read(error: false, [one]);
        Assert.Equal("größer als 1 € \ud83d\ude00", Assert.Single(_listener.Lines));
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

    private ProgressReader Reader(int segments, params IReadOnlyList<Measurement> measurements)
    {
        var reader = new ProgressReader(Plans.Of(segments), _listener, _listener, _time, measurements);
        reader.Enter(Phase.Preparing);
        reader.Enter(Phase.Loading);
        return reader;
    }

    private static void Feed(ProgressReader reader, string text, bool error = true) => reader.Read(error, Encoding.UTF8.GetBytes(text));

    private static List<(Phase Phase, int Segment)> Replay(IReadOnlyList<(double Seconds, bool Error, byte[] Bytes)> reads, int segments, int steps)
    {
        var script = new Script(Plans.Of(segments, steps));
        foreach (var (seconds, error, bytes) in reads)
        {
            script.Pass(seconds - script.Seconds);
            script.Reader.Read(error, bytes);
        }

        var progress = script.Listener.Progress;
        Assert.All(progress.Zip(progress.Skip(1)), pair => Assert.True(pair.Second.Percent >= pair.First.Percent && pair.Second.Segment >= pair.First.Segment));
        Assert.Equal(segments * (steps + 1), progress.Count(item => item.Phase is Phase.Sampling or Phase.Decoding));
        Assert.Equal((Phase.Saving, 97d, segments), (progress[^1].Phase, progress[^1].Percent, progress[^1].Segment));
        Assert.DoesNotContain(script.Listener.Lines, line => line.Contains("s/it", StringComparison.Ordinal) || line.Contains("it/s]", StringComparison.Ordinal));
        Assert.True(script.Reader.Log.Finished);
        return [.. progress.Select(item => (item.Phase, item.Segment)).Distinct()];
    }
}
