using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Tests.Media;

public sealed class VoiceNormalizerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Target => _directory["out.wav"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8_000, 1, 16_000, 1, 20_000)]
    [InlineData(16_000, 2, 16_000, 2, 20_000)]
    [InlineData(22_050, 1, 22_050, 1, 20_001)]
    [InlineData(44_100, 2, 44_100, 2, 20_000)]
    [InlineData(48_000, 1, 48_000, 1, 20_000)]
    [InlineData(96_000, 6, 48_000, 2, 20_000)]
    public async Task Every_rate_becomes_one_that_the_script_reads(int rate, int channels, int newRate, int newChannels, long samples)
    {
        await Ffmpeg.VoiceAsync($"sine=r={rate}:d=1.25", _directory["in.wav"], $"-ac {channels} -c:a pcm_s24le");

        var facts = await VoiceNormalizer.NormalizeAsync(_directory["in.wav"], "voice1", Target, Cancellation);

        Assert.Equal(samples, facts.Samples);
        Assert.Equal(["codec_name=pcm_s16le", $"sample_rate={newRate}", $"channels={newChannels}"], await Ffmpeg.FieldsAsync(Target, "codec_name,sample_rate,channels"));
    }

    [Theory]
    [InlineData("voice.mp3", "-c:a libmp3lame -metadata title=secret")]
    [InlineData("bare.mp3", "-c:a libmp3lame -id3v2_version 0 -write_xing 0")]
    [InlineData("voice.flac", "-metadata title=secret")]
    [InlineData("vorbis.ogg", "-c:a libvorbis -metadata title=secret")]
    [InlineData("opus.ogg", "-c:a libopus")]
    [InlineData("voice.m4a", "-c:a aac -metadata title=secret")]
    [InlineData("float.wav", "-c:a pcm_f32le -metadata title=secret")]
    public async Task Every_format_becomes_a_plain_wav_whatever_its_name(string name, string encoding)
    {
        await Ffmpeg.VoiceAsync("sine=r=48000:d=2", _directory[name], encoding);
        File.Move(_directory[name], _directory["voice.txt"]);

        var facts = await VoiceNormalizer.NormalizeAsync(_directory["voice.txt"], "voice1", Target, Cancellation);

        Assert.InRange(facts.Seconds, 1.99, 2.1);
        var wav = await File.ReadAllBytesAsync(Target, Cancellation);
        Assert.Equal("data"u8, wav.AsSpan(36, 4));
        Assert.Equal(-1, wav.AsSpan().IndexOf("secret"u8));
    }

    [Theory]
    [InlineData("voice_empty", "")]
    [InlineData("voice_not_supported", "This is a text.")]
    [InlineData("voice_not_supported", "ffconcat version 1.0\nfile /etc/hostname\n")]
    [InlineData("voice_not_supported", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://localhost/a.ts\n")]
    [InlineData("voice_not_supported", "[playlist]\nFile1=/etc/hostname\n")]
    [InlineData("voice_undecodable", "ID3 and then nothing that is sound")]
    [InlineData("voice_undecodable", "fLaC and then nothing that is sound")]
    [InlineData("voice_undecodable", "OggS and then nothing that is sound")]
    [InlineData("voice_undecodable", "RIFFxxxxWAVE and then nothing that is sound")]
    [InlineData("voice_undecodable", "xxxxftypM4A and then nothing that is sound")]
    public async Task What_is_no_voice_is_refused(string code, string content) =>
        await RefusedAsync(_directory.Write("voice.wav", content), code);

    [Fact]
    public async Task A_voice_without_samples_is_refused()
    {
        await Ffmpeg.VoiceAsync("sine=r=16000:d=1", _directory["empty.wav"], "-t 0");
        await RefusedAsync(_directory["empty.wav"], "voice_empty");
    }

    [Fact]
    public async Task A_voice_must_be_longer_than_four_tenths_of_a_second()
    {
        await Ffmpeg.VoiceAsync("sine=r=16000:d=0.4", _directory["short.wav"]);
        await RefusedAsync(_directory["short.wav"], "voice_too_short");

        await Ffmpeg.VoiceAsync("sine=r=16000:d=0.41", _directory["enough.wav"]);
        Assert.Equal(6_560, (await VoiceNormalizer.NormalizeAsync(_directory["enough.wav"], "voice1", Target, Cancellation)).Samples);
    }

    [Fact]
    public async Task A_voice_of_hours_is_refused_without_decoding_them()
    {
        await Ffmpeg.VoiceAsync("anullsrc=r=8000:cl=mono", _directory["hours.flac"], "-t 36000");
        var before = TimeProvider.System.GetTimestamp();
        await RefusedAsync(_directory["hours.flac"], "voice_too_long");
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_voice_of_exactly_ten_minutes_is_taken()
    {
        await Ffmpeg.VoiceAsync("anullsrc=r=16000:cl=mono", _directory["ten.flac"], "-t 600");
        Assert.Equal(9_600_000, (await VoiceNormalizer.NormalizeAsync(_directory["ten.flac"], "voice1", Target, Cancellation)).Samples);
    }

    [Fact]
    public async Task A_film_without_sound_is_refused()
    {
        await Ffmpeg.MakeAsync("-f lavfi -i testsrc=d=1", _directory["silent.mp4"]);
        await RefusedAsync(_directory["silent.mp4"], "voice_without_sound");
    }

    [Fact]
    public async Task An_m4a_that_was_cut_off_is_refused()
    {
        await Ffmpeg.VoiceAsync("sine=d=5", _directory["whole.m4a"], "-c:a aac");
        var whole = await File.ReadAllBytesAsync(_directory["whole.m4a"], Cancellation);
        await RefusedAsync(_directory.Write("half.m4a", whole[..(whole.Length / 2)]), "voice_undecodable");
    }

    public void Dispose() => _directory.Dispose();

    private async Task RefusedAsync(string source, string code)
    {
        var exception = await Assert.ThrowsAsync<InvalidRequestException>(() => VoiceNormalizer.NormalizeAsync(source, "voice2", Target, Cancellation));
        var problem = Assert.Single(exception.Problems);
        Assert.Equal((code, "voice2"), (problem.Code, problem.Field));
        Assert.NotEmpty(problem.Remedy);
        Assert.False(File.Exists(Target));
    }
}
