using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

public sealed class DisplayNameTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("voice.wav", "voice.wav")]
    [InlineData("Grüße 你好 👩.png", "Grüße 你好 👩.png")]
    [InlineData("a\r\nSet-Cookie: b\0.png", "aSet-Cookie: b.png")]
    [InlineData("\u202Egnp.exe\u202C", "gnp.exe")]
    [InlineData("a\u2066b\u2069\u200Fc\u061C\u2028\u2029\uFEFF\u200B", "abc")]
    [InlineData("../../etc/passwd", "../../etc/passwd")]
    [InlineData("<script>alert(1)</script>", "<script>alert(1)</script>")]
    public void A_client_s_file_name_is_kept_without_what_would_garble_a_page(string? name, string shown) => Assert.Equal(shown, DisplayName.Of(name));

    [Fact]
    public void A_long_one_is_cut_and_no_character_in_half()
    {
        Assert.Equal(new string('a', 200), DisplayName.Of(new string('a', 5_000)));
        Assert.Equal(new string('a', 199), DisplayName.Of(new string('a', 199) + "👩 and more"));
    }

    [Fact]
    public void Half_a_character_becomes_the_sign_for_what_is_none() => Assert.Equal("a\uFFFDb", DisplayName.Of("a\uD83Db"));
}
