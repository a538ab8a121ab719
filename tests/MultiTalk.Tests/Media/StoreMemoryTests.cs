using System.Security.Cryptography;

namespace MultiTalk.Tests.Media;

/// <summary>Measured with nothing beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}

[Collection(Alone.Name)]
public abstract class StoreMemoryTests(IStoreFixture fixture)
{
    private const long Bytes = 200L << 20;
    private const long MoreAtMost = 32L << 20;

    [Fact(Timeout = 120_000)]
    public async Task Two_hundred_megabytes_are_stored_in_the_memory_of_a_few()
    {
        var store = await fixture.NewAsync();
        // Pools and code of the client are there afterwards.
        await store.SaveAsync("jobs/x/first", new Zeros(20 << 20), new(long.MaxValue, "output"), TestContext.Current.CancellationToken);
        var content = new Zeros(Bytes);

        var sha256 = await store.SaveAsync("jobs/x/second", content, new(Bytes, "output"), TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new Zeros(Bytes))), sha256);
        TestContext.Current.TestOutputHelper?.WriteLine($"At most {content.HeapGrowth >> 20} MB of heap and {content.ProcessGrowth >> 20} MB of memory more.");
        Assert.InRange(content.HeapGrowth, long.MinValue, MoreAtMost);
        Assert.InRange(content.ProcessGrowth, long.MinValue, MoreAtMost);
    }

    /// <summary>Many bytes from nowhere, which look at the memory of the process as they are read.</summary>
    private sealed class Zeros(long length) : Stream
    {
        private const long LookEvery = 4 << 20;

        private readonly long _heap = GC.GetTotalMemory(forceFullCollection: true);
        private readonly long _process = Environment.WorkingSet;
        private long _position;

        public long HeapGrowth { get; private set; }

        public long ProcessGrowth { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - _position);
            Array.Clear(buffer, offset, read);
            if (_position / LookEvery != (_position += read) / LookEvery)
            {
                HeapGrowth = Math.Max(HeapGrowth, GC.GetTotalMemory(forceFullCollection: false) - _heap);
                ProcessGrowth = Math.Max(ProcessGrowth, Environment.WorkingSet - _process);
            }

            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}

/// <summary>The store in a directory.</summary>
public sealed class DiskStoreMemoryTests(DiskFixture fixture) : StoreMemoryTests(fixture), IClassFixture<DiskFixture>;

/// <summary>The store in Azure Blob Storage.</summary>
public sealed class AzureStoreMemoryTests(AzuriteFixture fixture) : StoreMemoryTests(fixture), IClassFixture<AzuriteFixture>;

/// <summary>The store in S3.</summary>
public sealed class S3StoreMemoryTests(S3Fixture fixture) : StoreMemoryTests(fixture), IClassFixture<S3Fixture>;
