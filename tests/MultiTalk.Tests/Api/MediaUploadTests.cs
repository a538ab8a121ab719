using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Media;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Api;

public sealed class MediaUploadTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly byte[] _portrait = File.ReadAllBytes(Samples.Path("portrait.png"));
    private static readonly byte[] _voice = File.ReadAllBytes(Samples.Path("voice.wav"));

    private readonly string _owner = Guid.NewGuid().ToString("n");

    [Fact(Timeout = 120_000)]
    public async Task A_picture_in_a_form_is_stored_measured_and_read_back()
    {
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(MediaApi.Root, new MultipartFormDataContent { { new ByteArrayContent(_portrait), "image", "portrait.png" } }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var media = await response.MediaAsync();
        Assert.Equal($"{MediaApi.Root}/{media.Id}", response.Headers.Location?.OriginalString);
        Assert.Equal((MediaKind.Image, "portrait.png", null), (media.Kind, media.Name, media.Seconds));
        Assert.True(media is { Width: > 64, Height: > 64 });
        Assert.Equal(TimeSpan.FromDays(7), media.ExpiresAt - media.CreatedAt);
        var content = await client.GetByteArrayAsync($"{MediaApi.Root}/{media.Id}/content", TestContext.Current.CancellationToken);
        Assert.Equal((media.Bytes, media.Sha256), (content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        Assert.Equal(media, await client.GetFromJsonAsync<MediaDocument>($"{MediaApi.Root}/{media.Id}", JsonSerializerOptions.Web, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_voice_as_bytes_alone_is_normalised()
    {
        using var directory = new TempDirectory();
        await Ffmpeg.VoiceAsync("sine=frequency=300:duration=2", directory["voice.mp3"], "-b:a 64k");
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(MediaApi.Root + "?name=My%20voice.mp3", Bytes(await File.ReadAllBytesAsync(directory["voice.mp3"], TestContext.Current.CancellationToken), "audio/mpeg"), TestContext.Current.CancellationToken);

        var media = await response.MediaAsync();
        Assert.Equal((MediaKind.Voice, "My voice.mp3", null, null), (media.Kind, media.Name, media.Width, media.Height));
        Assert.InRange(media.Seconds!.Value, 1.9, 2.2);
        using var content = await client.GetAsync($"{MediaApi.Root}/{media.Id}/content", TestContext.Current.CancellationToken);
        Assert.Equal("audio/wav", content.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("RIFF", await content.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Content_has_ranges_and_an_entity_tag()
    {
        using var client = await web.ClientAsync(_owner);
        var media = await UploadAsync(client);
        var address = $"{MediaApi.Root}/{media.Id}/content";
        var tag = new EntityTagHeaderValue($"\"{media.Sha256}\"");
        var whole = await client.GetByteArrayAsync(address, TestContext.Current.CancellationToken);

        using var part = await client.SendAsync(new(HttpMethod.Get, address) { Headers = { Range = new(10, 19) } }, TestContext.Current.CancellationToken);
        using var known = await client.SendAsync(new(HttpMethod.Get, address) { Headers = { IfNoneMatch = { tag } } }, TestContext.Current.CancellationToken);
        using var head = await client.SendAsync(new(HttpMethod.Head, address), TestContext.Current.CancellationToken);
        using var beyond = await client.SendAsync(new(HttpMethod.Get, address) { Headers = { Range = new(media.Bytes, null) } }, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.PartialContent, tag), (part.StatusCode, part.Headers.ETag));
        Assert.Equal(whole[10..20], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal((HttpStatusCode.OK, media.Bytes), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_list_goes_on_where_its_page_ended_newest_first_whatever_expired_meanwhile()
    {
        using var client = await web.ClientAsync(_owner);
        List<string> ids = [];
        for (var number = 0; number < 5; number++)
            ids.Insert(0, (await UploadAsync(client, _portrait, $"{number}.png")).Id);
        var redis = web.Services.GetRequiredService<RedisConnection>().Database;

        var first = await PageAsync("?limit=2");
        // As if it had expired; two in a row, and one that a list comes by first.
        await redis.KeyDeleteAsync([Keys.Media(ids[2])]);
        var second = await PageAsync($"?limit=2&cursor={first.Next}");
        var all = await PageAsync("");

        Assert.Equal(ids[..2], first.Items.Select(media => media.Id));
        Assert.Equal(ids[3..], second.Items.Select(media => media.Id));
        Assert.Equal([ids[0], ids[1], ids[3], ids[4]], all.Items.Select(media => media.Id));
        Assert.Null(all.Next);
        Assert.Equal(["4.png", "3.png"], first.Items.Select(media => media.Name));
        Assert.Empty((await PageAsync($"?cursor={ids[4]}")).Items);
        Assert.True(await redis.KeyTimeToLiveAsync(Keys.Media(ids[0])) is { } left && left > TimeSpan.FromDays(6.9) && left <= TimeSpan.FromDays(7));
        Assert.NotNull(await redis.KeyTimeToLiveAsync(Keys.MediaOf(_owner)));

        async Task<MediaPage> PageAsync(string query) =>
            (await client.GetFromJsonAsync<MediaPage>(MediaApi.Root + query, JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!;
    }

    [Fact(Timeout = 120_000)]
    public async Task Somebody_else_s_upload_does_not_exist()
    {
        using var owner = await web.ClientAsync(_owner);
        using var stranger = await web.ClientAsync(Guid.NewGuid().ToString("n"), Scopes.Submit, Scopes.Read, Scopes.ReadAll, Scopes.Operate);
        var media = await UploadAsync(owner);

        HttpResponseMessage[] answers =
        [
            await stranger.GetAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken),
            await stranger.GetAsync($"{MediaApi.Root}/{media.Id}/content", TestContext.Current.CancellationToken),
            await stranger.DeleteAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken),
            await stranger.GetAsync($"{MediaApi.Root}/{Guid.NewGuid():n}", TestContext.Current.CancellationToken),
        ];

        var texts = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
        Assert.Equal("media_not_found", await answers[0].ProblemCodeAsync());
        // Nothing tells one that exists from one that does not, but for the number of the trace.
        Assert.Single(texts.Select(text => JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString()).Distinct());
        Assert.Empty((await stranger.GetFromJsonAsync<MediaPage>(MediaApi.Root, JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!.Items);
        using var there = await owner.GetAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, there.StatusCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_removed_upload_is_gone_with_its_file_and_its_keys()
    {
        using var client = await web.ClientAsync(_owner);
        var media = await UploadAsync(client);
        var redis = web.Services.GetRequiredService<RedisConnection>().Database;
        var store = web.Services.GetRequiredService<IMediaStore>();
        Assert.NotNull(await store.FindAsync(MediaRecord.StoreName(media.Id, MediaKind.Image), TestContext.Current.CancellationToken));

        using var removed = await client.DeleteAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken);
        using var again = await client.DeleteAsync($"{MediaApi.Root}/{media.Id}", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (removed.StatusCode, again.StatusCode));
        Assert.Null(await store.FindAsync(MediaRecord.StoreName(media.Id, MediaKind.Image), TestContext.Current.CancellationToken));
        Assert.False(await redis.KeyExistsAsync(Keys.Media(media.Id)));
        Assert.False(await redis.KeyExistsAsync(Keys.MediaOf(_owner)));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(Scopes.Read, "POST", false)]
    [InlineData(Scopes.Read, "DELETE", false)]
    [InlineData(Scopes.Read, "GET", true)]
    [InlineData(Scopes.Submit, "GET", false)]
    [InlineData(Scopes.Submit, "POST", true)]
    public async Task Each_call_needs_its_scope(string scope, string method, bool allowed)
    {
        using var full = await web.ClientAsync(_owner);
        var media = await UploadAsync(full);
        using var client = await web.ClientAsync(_owner, scope);

        using var response = await client.SendAsync(
            new(new(method), method == "POST" ? MediaApi.Root : $"{MediaApi.Root}/{media.Id}") { Content = method == "POST" ? Bytes(_portrait, "image/png") : null }, TestContext.Current.CancellationToken);

        Assert.Equal(allowed, response.IsSuccessStatusCode);
        if (!allowed)
            Assert.Equal("not_allowed", await response.ProblemCodeAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_digest_of_the_body_is_held_to(bool form)
    {
        using var client = await web.ClientAsync(_owner);
        var body = form
            ? await new MultipartFormDataContent("b") { { new ByteArrayContent(_portrait), "image", "p.png" } }.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)
            : _portrait;
        var type = form ? "multipart/form-data; boundary=b" : "image/png";

        using var right = await SendAsync(Convert.ToBase64String(SHA256.HashData(body)));
        using var wrong = await SendAsync(Convert.ToBase64String(SHA256.HashData(_voice)));
        using var none = await SendAsync("????");

        Assert.Equal(HttpStatusCode.Created, right.StatusCode);
        Assert.Equal(("digest_mismatch", "digest_missing"), (await wrong.ProblemCodeAsync(), await none.ProblemCodeAsync()));
        Assert.Single((await client.GetFromJsonAsync<MediaPage>(MediaApi.Root, JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!.Items);

        Task<HttpResponseMessage> SendAsync(string digest) =>
            client.SendAsync(new(HttpMethod.Post, MediaApi.Root) { Content = Bytes(body, type), Headers = { { "Repr-Digest", $"sha-256=:{digest}:" } } }, TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_client_s_file_name_is_only_ever_shown()
    {
        using var client = await web.ClientAsync(_owner);
        const string Name = "..%2F..%2F%E2%80%AEgnp.%00exe%0D%0A";

        using var response = await client.PostAsync($"{MediaApi.Root}?name={Name}", Bytes(_portrait, "image/png"), TestContext.Current.CancellationToken);

        var media = await response.MediaAsync();
        Assert.Equal("../../gnp.exe", media.Name);
        Assert.NotNull(await web.Services.GetRequiredService<IMediaStore>().FindAsync($"media/{media.Id}/image.png", TestContext.Current.CancellationToken));
    }

    internal static async Task<MediaDocument> UploadAsync(HttpClient client, byte[]? bytes = null, string name = "portrait.png", string type = "image/png")
    {
        using var response = await client.PostAsync($"{MediaApi.Root}?name={name}", Bytes(bytes ?? _portrait, type), TestContext.Current.CancellationToken);
        return await response.MediaAsync();
    }

    internal static ByteArrayContent Bytes(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
}

internal static class MediaAnswers
{
    /// <summary>An upload in an answer.</summary>
    public static async Task<MediaDocument> MediaAsync(this HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<MediaDocument>(JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!;
    }
}
