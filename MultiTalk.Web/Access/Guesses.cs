using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Access;

/// <summary>
/// Keeps keys from being guessed at speed: after too many wrong ones from an address, no more are looked at for a while but those that
/// were right before, so that nobody is locked out by a neighbour behind the same proxy. In memory, of a fixed size.
/// </summary>
internal sealed class Guesses(IOptions<AccessOptions> options, TimeProvider time)
{
    // Addresses share places by their hash, which differs with every start.
    private const int Places = 4096;
    private const int MaxRight = 10_000;

    // By when the wrong guesses of a place are forgotten: the generic cell rate algorithm again, in ticks.
    private readonly long[] _forgotten = new long[Places];
    private readonly ConcurrentDictionary<string, bool> _right = [];

    private TimeSpan Interval => TimeSpan.FromMinutes(1) / options.Value.WrongKeysAMinute;

    /// <summary>How long nothing is looked at; zero if this may be.</summary>
    /// <param name="address">Who asks.</param>
    /// <param name="secret">The key or token.</param>
    public TimeSpan Wait(IPAddress? address, string secret)
    {
        var wait = new TimeSpan(Volatile.Read(ref _forgotten[Place(address)]) - time.GetUtcNow().Ticks) - TimeSpan.FromMinutes(1) + Interval;
        return wait <= TimeSpan.Zero || _right.ContainsKey(Secret.Hash(secret)) ? TimeSpan.Zero : wait;
    }

    /// <summary>It was wrong.</summary>
    public void Wrong(IPAddress? address)
    {
        ref var place = ref _forgotten[Place(address)];
        long before;
        do
            before = Volatile.Read(ref place);
        while (Interlocked.CompareExchange(ref place, Math.Max(before, time.GetUtcNow().Ticks) + Interval.Ticks, before) != before);
    }

    /// <summary>It was right.</summary>
    public void Right(string secret)
    {
        if (_right.Count >= MaxRight)
            _right.Clear();
        _right.TryAdd(Secret.Hash(secret), true);
    }

    // Whoever has one IPv6 address has all of its /64.
    private static int Place(IPAddress? address)
    {
        address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address ?? IPAddress.None;
        var hash = new HashCode();
        hash.AddBytes(address.GetAddressBytes().AsSpan(0, address.AddressFamily == AddressFamily.InterNetworkV6 ? 8 : 4));
        return (int)((uint)hash.ToHashCode() % Places);
    }
}
