using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Agent.Primitives;

/// <summary>Networks with a value each, asked by containment: which stored network covers this, which lie within
/// that.</summary>
/// <remarks>
/// A binary trie with compressed paths (Patricia), one root per family, nodes in one array:
/// <code>
///                 10.0.0.0/8
///                /          \
///        (10.0.0.0/15)     10.128.0.0/9        in brackets: a fork without a value
///        /           \
///   10.0.0.0/16   10.1.0.0/16
/// </code>
/// A lookup visits at most one node per bit and allocates nothing. Enumeration is in the order of
/// <see cref="IpPrefix"/>: a network comes before what it contains. Not for exact lookups on a hot path; a hash table
/// is ten times faster there.
/// </remarks>
/// <typeparam name="T">What is kept for a network.</typeparam>
public sealed class PrefixTrie<T>
{
    private const int None = -1;

    private Node[] _nodes = new Node[4];
    private int _used;
    private int _free = None;
    private int _rootV4 = None;
    private int _rootV6 = None;

    private struct Node
    {
        public IpPrefix Prefix;
        public T? Value;
        public bool HasValue;
        public int Zero;
        public int One;
    }

    /// <summary>The number of networks stored.</summary>
    public int Count { get; private set; }

    /// <summary>Stores the network's value in place of an earlier one.</summary>
    public void Set(IpPrefix prefix, T value)
    {
        if (prefix.IsDefault) throw new ArgumentException("the network was never set", nameof(prefix));
        Root(prefix.Family) = Insert(Root(prefix.Family), prefix, value);
    }

    /// <summary>Removes exactly this network; false when it was not stored.</summary>
    public bool Remove(IpPrefix prefix)
    {
        if (prefix.IsDefault) return false;
        var before = Count;
        Root(prefix.Family) = Remove(Root(prefix.Family), prefix);
        return Count < before;
    }

    /// <summary>True, with the value, when exactly this network is stored.</summary>
    public bool TryGet(IpPrefix prefix, [MaybeNullWhen(false)] out T value) =>
        TryLongestMatch(prefix, out var match, out value) && match == prefix;

    /// <summary>The longest stored network that contains the address.</summary>
    public bool TryLongestMatch(IpAddr address, out IpPrefix match, [MaybeNullWhen(false)] out T value) =>
        TryLongestMatch(address.IsDefault ? default : IpPrefix.Host(address), out match, out value);

    /// <summary>The longest stored network that is this one or contains it.</summary>
    public bool TryLongestMatch(IpPrefix prefix, out IpPrefix match, [MaybeNullWhen(false)] out T value)
    {
        var found = None;
        var at = prefix.IsDefault ? None : Root(prefix.Family);
        while (at != None)
        {
            ref var node = ref _nodes[at];
            if (!node.Prefix.Contains(prefix)) break;
            if (node.HasValue) found = at;
            if (node.Prefix.Length == prefix.Length) break;
            at = Bit(prefix.Address, node.Prefix.Length) ? node.One : node.Zero;
        }

        match = found == None ? default : _nodes[found].Prefix;
        value = found == None ? default : _nodes[found].Value;
        return found != None;
    }

    /// <summary>True when a stored network is this one or lies within it.</summary>
    public bool AnyWithin(IpPrefix prefix) => RootOfWithin(prefix) != None;

    /// <summary>The stored networks that are this one or lie within it, in order. The trie must not change
    /// meanwhile.</summary>
    public IEnumerable<KeyValuePair<IpPrefix, T>> Within(IpPrefix prefix) => Walk(RootOfWithin(prefix));

    /// <summary>Every stored network, IPv4 first, in order. The trie must not change meanwhile.</summary>
    public IEnumerable<KeyValuePair<IpPrefix, T>> All() => Walk(_rootV4).Concat(Walk(_rootV6));

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _nodes = new Node[4];
        (_used, _free, _rootV4, _rootV6, Count) = (0, None, None, None, 0);
    }

    private ref int Root(IpFamily family)
    {
        if (family == IpFamily.V6) return ref _rootV6;
        return ref _rootV4;
    }

    // Every fork has two children and every leaf a value, so a subtree that exists holds a network.
    private int RootOfWithin(IpPrefix prefix)
    {
        var at = prefix.IsDefault ? None : Root(prefix.Family);
        while (at != None && !prefix.Contains(_nodes[at].Prefix))
        {
            ref var node = ref _nodes[at];
            if (!node.Prefix.Contains(prefix)) return None;
            at = Bit(prefix.Address, node.Prefix.Length) ? node.One : node.Zero;
        }

        return at;
    }

    private IEnumerable<KeyValuePair<IpPrefix, T>> Walk(int root)
    {
        if (root == None) yield break;
        var pending = new Stack<int>();
        pending.Push(root);
        while (pending.TryPop(out var at))
        {
            var node = _nodes[at];
            if (node.One != None) pending.Push(node.One);
            if (node.Zero != None) pending.Push(node.Zero);
            if (node.HasValue) yield return new(node.Prefix, node.Value!);
        }
    }

    private int Insert(int at, IpPrefix prefix, T value)
    {
        if (at == None) return Leaf(prefix, value);
        var here = _nodes[at].Prefix;
        var common = CommonLength(here, prefix);
        if (common == here.Length && common == prefix.Length)
        {
            if (!_nodes[at].HasValue) Count++;
            (_nodes[at].Value, _nodes[at].HasValue) = (value, true);
            return at;
        }

        if (common == here.Length)
        {
            var one = Bit(prefix.Address, common);
            var child = Insert(one ? _nodes[at].One : _nodes[at].Zero, prefix, value);
            if (one) _nodes[at].One = child;
            else _nodes[at].Zero = child;
            return at;
        }

        if (common == prefix.Length)
        {
            var above = Leaf(prefix, value);
            if (Bit(here.Address, common)) _nodes[above].One = at;
            else _nodes[above].Zero = at;
            return above;
        }

        var leaf = Leaf(prefix, value);
        var fork = Take(new IpPrefix(prefix.Address, common));
        var right = Bit(prefix.Address, common);
        (_nodes[fork].Zero, _nodes[fork].One) = right ? (at, leaf) : (leaf, at);
        return fork;
    }

    private int Remove(int at, IpPrefix prefix)
    {
        if (at == None || !_nodes[at].Prefix.Contains(prefix)) return at;
        if (_nodes[at].Prefix.Length < prefix.Length)
        {
            if (Bit(prefix.Address, _nodes[at].Prefix.Length)) _nodes[at].One = Remove(_nodes[at].One, prefix);
            else _nodes[at].Zero = Remove(_nodes[at].Zero, prefix);
        }
        else if (_nodes[at].HasValue)
        {
            (_nodes[at].Value, _nodes[at].HasValue) = (default, false);
            Count--;
        }

        var node = _nodes[at];
        if (node.HasValue || (node.Zero != None && node.One != None)) return at;
        Release(at);
        return node.Zero != None ? node.Zero : node.One;
    }

    private int Leaf(IpPrefix prefix, T value)
    {
        var at = Take(prefix);
        (_nodes[at].Value, _nodes[at].HasValue) = (value, true);
        Count++;
        return at;
    }

    private int Take(IpPrefix prefix)
    {
        int at;
        if (_free != None)
        {
            at = _free;
            _free = _nodes[at].Zero;
        }
        else
        {
            if (_used == _nodes.Length) Array.Resize(ref _nodes, _used * 2);
            at = _used++;
        }

        _nodes[at] = new Node { Prefix = prefix, Zero = None, One = None };
        return at;
    }

    private void Release(int at)
    {
        _nodes[at] = new Node { Zero = _free, One = None };
        _free = at;
    }

    private static bool Bit(IpAddr address, int index)
    {
        var fromRight = address.Bits - 1 - index;
        return ((fromRight < 64 ? address.Low >> fromRight : address.High >> (fromRight - 64)) & 1) != 0;
    }

    private static int CommonLength(IpPrefix left, IpPrefix right)
    {
        var (first, second) = (left.Address, right.Address);
        var equal = first.High != second.High
            ? BitOperations.LeadingZeroCount(first.High ^ second.High)
            : 64 + BitOperations.LeadingZeroCount(first.Low ^ second.Low);
        return Math.Min(Math.Min(left.Length, right.Length), equal - (128 - first.Bits));
    }
}
