using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Colab;

public sealed class InputJsonTests
{
    private static readonly SpeakerRequest _voice = new(new VoiceFacts(160_000));

    [Fact]
    public void It_names_files_beside_the_script()
    {
        var two = Write("“Grüße” \"quoted\"\n\ud83d\ude00", new() { AudioType = "para" }, _voice, _voice);
        Assert.Equal("“Grüße” \"quoted\"\n\ud83d\ude00", two.GetProperty("prompt").GetString());
        Assert.Equal("image.png", two.GetProperty("cond_image").GetString());
        Assert.Equal("para", two.GetProperty("audio_type").GetString());
        Assert.Equal("""{"person1":"voice1.wav","person2":"voice2.wav"}""", Flat(two.GetProperty("cond_audio")));

        var one = Write("x", new(), _voice);
        Assert.Equal(["prompt", "cond_image", "cond_audio"], one.EnumerateObject().Select(property => property.Name));
        Assert.Equal("""{"person1":"voice1.wav"}""", Flat(one.GetProperty("cond_audio")));
    }

    [Fact]
    public void Boxes_are_written_rows_first()
    {
        var input = Write("x", new(), _voice with { Box = new(100, 20, 300, 200) }, _voice with { Box = new(110, 400, 310, 600) });
        Assert.Equal("""{"person1":[100,20,300,200],"person2":[110,400,310,600]}""", Flat(input.GetProperty("bbox")));
    }

    [Fact]
    public void A_silent_person_is_upstreams_None_and_both_are_joined_in_parallel()
    {
        var input = Write("x", new(), new SpeakerRequest(), _voice);
        Assert.Equal("""{"person1":"None","person2":"voice2.wav"}""", Flat(input.GetProperty("cond_audio")));
        Assert.Equal("para", input.GetProperty("audio_type").GetString());
    }

    [Fact]
    public void A_spoken_text_has_its_turns_and_voices_and_no_recording()
    {
        var input = Write("x", new(),
            new SpeakerRequest(Text: "Hello there, how are you doing on this fine day?", TtsVoice: "af_heart"),
            new SpeakerRequest(Text: "Very well, thank you, and yourself, my dear friend?", TtsVoice: "am_adam"));

        Assert.Equal("{}", Flat(input.GetProperty("cond_audio")));
        Assert.False(input.TryGetProperty("audio_type", out _));
        Assert.Equal(
            """{"text":"(s1) Hello there, how are you doing on this fine day? (s2) Very well, thank you, and yourself, my dear friend?","human1_voice":"weights/Kokoro-82M/voices/af_heart.pt","human2_voice":"weights/Kokoro-82M/voices/am_adam.pt"}""",
            Flat(input.GetProperty("tts_audio")));
    }

    private static JsonElement Write(string prompt, GenerationOptions options, params SpeakerRequest[] speakers)
    {
        var plan = Planner.Plan(new(prompt, new(640, 640), speakers, options), Engine.MultiTalk);
        return JsonDocument.Parse(InputJson.Write(prompt, plan)).RootElement;
    }

    private static string Flat(JsonElement element) => JsonSerializer.Serialize(element);
}
