using System.Net;
using System.Security.Cryptography;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

/// <summary>What every media store promises.</summary>
public abstract class MediaStoreTests(IStoreFixture fixture)
{
    // What the clouds are sent at once.
    private const int Block = 8 << 20;
    private const string Name = "jobs/x/output-1.mp4";

    private static readonly MediaExpectation _any = new(long.MaxValue, "output");

    /// <summary>How a write can break off.</summary>
    public enum Fault
    {
        BrokenOff,
        OtherDigest,
        TooLarge,
        Canceled,
    }

    /// <summary>Every fault, for one block and for several, in place of nothing and of a file.</summary>
    public static TheoryData<Fault, int, bool> Faults { get; } =
    [
        .. from fault in Enum.GetValues<Fault>()
           from length in new[] { 1_000, Block + 1_000 }
           from replaces in new[] { false, true }
           select new TheoryDataRow<Fault, int, bool>(fault, length, replaces),
    ];

    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData((2 * Block) + 3)]
    public async Task What_is_stored_comes_back_with_its_hash_and_length(int length)
    {
        var (store, bytes) = (await fixture.NewAsync(), Bytes(length));

        var sha256 = await store.SaveAsync(Name, new Trickle(bytes), new(length, "output", Hash(bytes)), TestContext.Current.CancellationToken);

        Assert.Equal(Hash(bytes), sha256);
        Assert.Equal(bytes, await ReadAsync(store, Name));
        var found = await store.FindAsync(Name, TestContext.Current.CancellationToken);
        Assert.Equal((Name, length), (found!.Name, found.Bytes));
        Assert.InRange(DateTimeOffset.UtcNow - found.ModifiedAt, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(2));
        Assert.Equal([found], await store.ListAsync("jobs/", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken), (a, b) => (a.Name, a.Bytes) == (b.Name, b.Bytes));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_there_is_not_found()
    {
        var store = await fixture.NewAsync();

        Assert.Null(await store.FindAsync(Name, TestContext.Current.CancellationToken));
        Assert.Null(await store.OpenAsync(Name, TestContext.Current.CancellationToken));
        Assert.False(await store.CopyAsync(Name, "jobs/y/output-1.mp4", TestContext.Current.CancellationToken));
        await store.DeleteAsync(Name, TestContext.Current.CancellationToken);
        Assert.Empty(await store.ListAsync("jobs/", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Faults))]
    public async Task A_file_appears_whole_or_not_at_all(Fault fault, int length, bool replaces)
    {
        var (store, before, bytes) = (await fixture.NewAsync(), Bytes(10), Bytes(length));
        if (replaces)
            await store.SaveAsync(Name, new MemoryStream(before), _any, TestContext.Current.CancellationToken);
        using var canceled = new CancellationTokenSource();
        Stream content = fault switch
        {
            Fault.BrokenOff => new Trickle(bytes, () => throw new IOException("The client is gone.")),
            Fault.Canceled => new Trickle(bytes, canceled.Cancel),
            _ => new Trickle(bytes),
        };
        MediaExpectation expected = fault switch
        {
            Fault.OtherDigest => new(length, "output", new string('0', 64)),
            Fault.TooLarge => new(length - 1, "output"),
            _ => _any,
        };

        var error = await Record.ExceptionAsync(() => store.SaveAsync(Name, content, expected, canceled.Token));

        Assert.IsAssignableFrom(
            fault switch
            {
                Fault.OtherDigest => typeof(DigestMismatchException),
                Fault.TooLarge => typeof(UploadTooLargeException),
                Fault.Canceled => typeof(OperationCanceledException),
                _ => typeof(IOException),
            },
            error);
        if (replaces)
            Assert.Equal(before, await ReadAsync(store, Name));
        else
            Assert.Null(await store.FindAsync(Name, TestContext.Current.CancellationToken));
        Assert.Equal(replaces ? 1 : 0, await store.ListAsync("jobs/", TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_is_read_from_any_place()
    {
        var (store, bytes) = (await fixture.NewAsync(), Bytes((2 * Block) + 100));
        await store.SaveAsync(Name, new MemoryStream(bytes), _any, TestContext.Current.CancellationToken);
        var buffer = new byte[5_000];

        await using var stream = await store.OpenAsync(Name, TestContext.Current.CancellationToken);

        Assert.True(stream!.CanSeek);
        Assert.Equal(bytes.Length, stream.Length);
        foreach (var from in new[] { 0, 5_000, Block - 10, bytes.Length - 3, 7, Block + 1, bytes.Length, bytes.Length + 9 })
        {
            Assert.Equal(from, stream.Seek(from, SeekOrigin.Begin));
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
            Assert.Equal(bytes.Skip(from).Take(buffer.Length), buffer[..read]);
        }

        Assert.Equal(bytes.Length - 4, stream.Seek(-4, SeekOrigin.End));
        Assert.Equal(bytes[^4], await ByteAsync(stream));
        Assert.Equal(bytes.Length - 5, stream.Seek(-2, SeekOrigin.Current));
        Assert.Equal(bytes[^5], await ByteAsync(stream));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_replaces_another_and_leaves_with_its_name()
    {
        var store = await fixture.NewAsync();
        foreach (var bytes in new[] { Bytes(5), Bytes(Block + 5), Bytes(3) })
        {
            await store.SaveAsync(Name, new MemoryStream(bytes), _any, TestContext.Current.CancellationToken);
            Assert.Equal(bytes, await ReadAsync(store, Name));
        }

        await store.SaveAsync("jobs/x/other", new MemoryStream([1]), _any, TestContext.Current.CancellationToken);
        await store.DeleteAsync(Name, TestContext.Current.CancellationToken);

        Assert.Null(await store.FindAsync(Name, TestContext.Current.CancellationToken));
        Assert.Equal("jobs/x/other", (await store.ListAsync("jobs/", TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken)).Name);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_copy_is_a_file_of_its_own()
    {
        var (store, bytes) = (await fixture.NewAsync(), Bytes(Block + 1));
        await store.SaveAsync(Name, new MemoryStream(bytes), _any, TestContext.Current.CancellationToken);

        Assert.True(await store.CopyAsync(Name, "jobs/y/image.png", TestContext.Current.CancellationToken));
        await store.DeleteAsync(Name, TestContext.Current.CancellationToken);

        Assert.Equal(bytes, await ReadAsync(store, "jobs/y/image.png"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_local_file_is_taken()
    {
        using var local = new TempDirectory();
        var (store, bytes) = (await fixture.NewAsync(), Bytes(100));
        await store.SaveAsync(Name, new MemoryStream([1]), _any, TestContext.Current.CancellationToken);

        await store.TakeAsync(Name, local.Write("finished", bytes), TestContext.Current.CancellationToken);

        Assert.Equal(bytes, await ReadAsync(store, Name));
    }

    [Fact(Timeout = 120_000)]
    public async Task More_files_are_listed_than_a_page_holds_and_only_those_that_begin_so()
    {
        var store = await fixture.NewAsync();
        var names = Enumerable.Range(0, 1_050).Select(number => FormattableString.Invariant($"jobs/{number:d4}/image.png")).ToArray();
        await Parallel.ForEachAsync(
            names.Append("media/0001/image.png"), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (name, ending) => await store.SaveAsync(name, new MemoryStream([1]), _any, ending));

        Assert.Equal(names, await NamesAsync("jobs/"));
        Assert.Equal(names[100..200], await NamesAsync("jobs/01"));
        Assert.Equal(names[7..8], await NamesAsync("jobs/0007/ima"));
        Assert.Empty(await NamesAsync("jobs/0007/x"));
        Assert.Empty(await NamesAsync("other/"));

        async Task<string[]> NamesAsync(string prefix) =>
            await store.ListAsync(prefix, TestContext.Current.CancellationToken).Select(file => file.Name).Order(StringComparer.Ordinal).ToArrayAsync(TestContext.Current.CancellationToken);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("../x")]
    [InlineData("jobs/../../x")]
    [InlineData("jobs/./x")]
    [InlineData("jobs/...")]
    [InlineData("/etc/passwd")]
    [InlineData("jobs//x")]
    [InlineData("jobs/x/")]
    [InlineData("")]
    [InlineData("jobs/X")]
    [InlineData("jobs/é")]
    [InlineData("jobs\\x")]
    [InlineData("jobs/a b")]
    [InlineData("jobs/%2e%2e/x")]
    [InlineData("jobs/x\0")]
    [InlineData("jobs/x\n")]
    [InlineData("jobs/~x")]
    [InlineData("incoming/x")]
    public async Task A_name_that_is_none_of_ours_is_refused_everywhere(string name)
    {
        var store = await fixture.NewAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(name, new MemoryStream([1]), _any, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TakeAsync(name, Environment.ProcessPath!, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.FindAsync(name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.OpenAsync(name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.CopyAsync(name, Name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.CopyAsync(Name, name, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.DeleteAsync(name, TestContext.Current.CancellationToken));
        if (!name.EndsWith('/') && name.Length > 0)
            await Assert.ThrowsAsync<ArgumentException>(async () => await store.ListAsync(name + "/", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(64, 10_000)]
    [InlineData(8, Block + 10)]
    public async Task Of_many_that_write_one_name_at_once_one_is_kept_whole_and_none_fails(int writers, int length)
    {
        var store = await fixture.NewAsync();
        var contents = Enumerable.Range(0, writers).Select(_ => Bytes(length)).ToArray();

        await Task.WhenAll(contents.Select(content => Task.Run(() => store.SaveAsync(Name, new Trickle(content), _any, TestContext.Current.CancellationToken))));

        if (fixture.ReplacesAtOnce)
            Assert.Contains(Hash(await ReadAsync(store, Name)), contents.Select(Hash));
        Assert.Equal(1, await store.ListAsync("jobs/", TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_link_opens_one_file_for_a_while()
    {
        var (store, bytes) = (await fixture.NewAsync(), Bytes(1_000));
        await store.SaveAsync(Name, new MemoryStream(bytes), _any, TestContext.Current.CancellationToken);
        await store.SaveAsync("jobs/x/other.mp4", new MemoryStream(bytes), _any, TestContext.Current.CancellationToken);
        using var client = new HttpClient();

        var link = await store.LinkAsync(Name, TimeSpan.FromMinutes(10), "video/mp4", TestContext.Current.CancellationToken);
        Assert.SkipWhen(link is null, "This store has no links.");
        using var whole = await client.GetAsync(link, TestContext.Current.CancellationToken);
        using var ranged = await client.SendAsync(new(HttpMethod.Get, link) { Headers = { Range = new(10, 19) } }, TestContext.Current.CancellationToken);
        Assert.Equal("video/mp4", whole.Content.Headers.ContentType!.MediaType);
        Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(bytes[10..20], await ranged.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await EndsAsync(client, store);
        if (!fixture.ChecksSignatures)
        {
            // The rest is the server's part.
            Assert.Matches("X-Amz-Expires=(600|59[0-9])&.*X-Amz-Signature=[0-9a-f]{64}", link.Query);
            return;
        }

        using var other = await client.GetAsync(new Uri(link.AbsoluteUri.Replace("output-1.mp4", "other.mp4", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        using var bare = await client.GetAsync(new UriBuilder(link) { Query = "" }.Uri, TestContext.Current.CancellationToken);
        using var write = await client.PutAsync(link, new ByteArrayContent([1]), TestContext.Current.CancellationToken);

        Assert.All([other, bare, write], refused => Assert.False(refused.IsSuccessStatusCode));
        Assert.Equal(bytes, await ReadAsync(store, Name));
    }

    // It ends with the second that it names.
    private static async Task EndsAsync(HttpClient client, IMediaStore store)
    {
        var brief = await store.LinkAsync(Name, TimeSpan.FromSeconds(2), "video/mp4", TestContext.Current.CancellationToken);
        HttpStatusCode answer;
        do
        {
            using var response = await client.GetAsync(brief, TestContext.Current.CancellationToken);
            answer = response.StatusCode;
        }
        while (answer == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Forbidden, answer);
    }

    private static byte[] Bytes(int length) => RandomNumberGenerator.GetBytes(length);

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<byte[]> ReadAsync(IMediaStore store, string name)
    {
        await using var stream = await store.OpenAsync(name, TestContext.Current.CancellationToken);
        using var bytes = new MemoryStream();
        await stream!.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }

    private static async Task<byte> ByteAsync(Stream stream)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, TestContext.Current.CancellationToken);
        return one[0];
    }
}

/// <summary>The store in a directory.</summary>
public sealed class DiskStoreTests(DiskFixture fixture) : MediaStoreTests(fixture), IClassFixture<DiskFixture>;

/// <summary>The store in Azure Blob Storage.</summary>
public sealed class AzureStoreTests(AzuriteFixture fixture) : MediaStoreTests(fixture), IClassFixture<AzuriteFixture>;

/// <summary>The store in S3.</summary>
public sealed class S3StoreTests(S3Fixture fixture) : MediaStoreTests(fixture), IClassFixture<S3Fixture>;
