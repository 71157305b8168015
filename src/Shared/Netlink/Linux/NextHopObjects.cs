using System.Runtime.InteropServices;
using Agent.Netlink.Wire;
using Agent.Primitives;

namespace Agent.Netlink.Linux;

/// <summary>Next hops that the kernel keeps as objects of their own, for gateways of very many IPv4 routes: a route
/// that names such an object costs the kernel a third less than one that brings its next hop along.</summary>
/// <remarks>
/// Only a call with at least <see cref="Worth"/> routes through a gateway makes use of its object, so that the routes
/// of pods and nodes look as they always did. An object goes with its link's carrier, and its routes with it, without
/// news; who learns of that compares everything (<see cref="KernelNews.NextHopDeleted"/>). What is made here bears
/// BGP's protocol; other objects are left alone. One conversation at a time, on the socket that sends the routes.
/// </remarks>
internal sealed class NextHopObjects(NetlinkSocket socket, bool isPossible)
{
    /// <summary>How many routes of one call must share a gateway.</summary>
    internal const int Worth = 200;

    // "ip nexthop add" and the kernel itself number from 1.
    private const uint FirstId = 0x0c00_0000;
    private const int Attempts = 16;

    private readonly Dictionary<NextHop, uint> _known = [];
    private readonly Dictionary<NextHop, int> _counts = [];
    private readonly HashSet<uint> _idle = [];
    private readonly byte[] _buffer = new byte[64];
    private uint _nextId = FirstId;
    private int _sweep;
    private bool _isRead;

    /// <summary>What <see cref="Choose"/> chose.</summary>
    internal NextHopIds Chosen { get; } = new();

    /// <summary>Chooses the objects that these changes use, and makes those that are missing.</summary>
    internal void Choose(ReadOnlySpan<RouteChange> changes)
    {
        Chosen.Clear();
        if (!isPossible || changes.Length < Worth) return;
        Count(changes);
        foreach (var (hop, count) in _counts)
        {
            if (count < Worth || IdOf(hop) is not (> 0 and var id)) continue;
            Chosen.Set(hop, id);
            _idle.Remove(id);
        }
    }

    /// <summary>The kernel does not take this object: it is gone, or something else.</summary>
    internal void Forget(NextHop hop)
    {
        _known.Remove(hop);
        Chosen.Remove(hop);
    }

    /// <summary>Before a dump of the routes: from now on it is noted what is used. The number of the sweep, 0 when
    /// there is nothing to sweep.</summary>
    internal int BeginSweep()
    {
        Read();
        _idle.Clear();
        _idle.UnionWith(_known.Values);
        _sweep++;
        return _idle.Count > 0 ? _sweep : 0;
    }

    /// <summary>After the dump: deletes the objects that no route used then, nor any change since; nothing, when
    /// another sweep has begun meanwhile.</summary>
    /// <param name="sweep">What <see cref="BeginSweep"/> said.</param>
    /// <param name="used">What the routes of the dump name.</param>
    internal void EndSweep(int sweep, HashSet<uint> used)
    {
        if (sweep != _sweep) return;
        _idle.ExceptWith(used);
        foreach (var (hop, id) in _known.Where(each => _idle.Contains(each.Value)).ToArray())
        {
            var sequence = socket.TakeSequence();
            socket.Request(_buffer.AsSpan(0, NextHopMessages.WriteDelete(_buffer, id, sequence)), sequence);
            Forget(hop);
        }
    }

    private void Count(ReadOnlySpan<RouteChange> changes)
    {
        _counts.Clear();
        NextHops run = default;
        var length = 0;
        foreach (ref readonly var change in changes)
        {
            if (!NextHopIds.CanName(change)) continue;
            if (change.Route.NextHops != run)
            {
                Add(run, length);
                (run, length) = (change.Route.NextHops, 0);
            }

            length++;
        }

        Add(run, length);
    }

    private void Add(in NextHops run, int length)
    {
        if (length > 0) CollectionsMarshal.GetValueRefOrAddDefault(_counts, run[0], out _) += length;
    }

    private uint IdOf(NextHop hop)
    {
        Read();
        if (_known.TryGetValue(hop, out var known)) return known;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var sequence = socket.TakeSequence();
            var id = _nextId++;
            var message = _buffer.AsSpan(0, NextHopMessages.WriteNew(_buffer, id, hop, sequence));
            if (socket.Request(message, sequence) is not { } error) return _known[hop] = id;
            if (error.Number != Errno.Exists) return 0;
        }

        return 0;
    }

    // What an earlier run left is used again.
    private void Read()
    {
        if (_isRead || !isPossible) return;
        socket.Dump(
            "next hops",
            (buffer, sequence) => NextHopMessages.WriteDump(buffer, sequence),
            _known.Clear,
            (in NetlinkMessage message) =>
            {
                if (!NextHopMessages.TryRead(message, out var id, out var hop) || id < FirstId) return;
                if (hop is { Interface: > 0, Gateway.Family: IpFamily.V4 }) _known[hop] = id;
                _nextId = Math.Max(_nextId, id + 1);
            });
        _isRead = true;
    }
}
