using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>The direction in which a filter stands.</summary>
public enum FilterDirection : byte
{
    /// <summary>From the peer.</summary>
    Import,

    /// <summary>To the peer.</summary>
    Export,
}

/// <summary>What a rule does with a route that it matches; either ends the whole policy.</summary>
public enum FilterAction : byte
{
    /// <summary>Lets it pass; on export past the built-in policy too.</summary>
    Accept,

    /// <summary>Stops it.</summary>
    Reject,
}

/// <summary>A BGPFilter as a peer has it: rules by family and direction, each list in order (spec calico-bgp 1.3).
/// Compared by value.</summary>
/// <param name="Name">The filter's name.</param>
public sealed record RouteFilter(string Name)
{
    /// <summary>For IPv4 routes from the peer.</summary>
    public ImmutableArray<FilterRule> ImportV4 { get; init; } = [];

    /// <summary>For IPv4 routes to the peer.</summary>
    public ImmutableArray<FilterRule> ExportV4 { get; init; } = [];

    /// <summary>For IPv6 routes from the peer.</summary>
    public ImmutableArray<FilterRule> ImportV6 { get; init; } = [];

    /// <summary>For IPv6 routes to the peer.</summary>
    public ImmutableArray<FilterRule> ExportV6 { get; init; } = [];

    /// <summary>The rules of one family and direction.</summary>
    public ImmutableArray<FilterRule> Rules(IpFamily family, FilterDirection direction) => (family, direction) switch
    {
        (IpFamily.V4, FilterDirection.Import) => ImportV4,
        (IpFamily.V4, _) => ExportV4,
        (_, FilterDirection.Import) => ImportV6,
        _ => ExportV6,
    };

    /// <inheritdoc/>
    public bool Equals(RouteFilter? other) =>
        other is not null && Name == other.Name
        && ImportV4.AsSpan().SequenceEqual(other.ImportV4.AsSpan())
        && ExportV4.AsSpan().SequenceEqual(other.ExportV4.AsSpan())
        && ImportV6.AsSpan().SequenceEqual(other.ImportV6.AsSpan())
        && ExportV6.AsSpan().SequenceEqual(other.ExportV6.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A peer's filters in the order in which they are asked. Compared by value.</summary>
/// <remarks>Peers of one peering share the list, and with it what it was compiled to.</remarks>
public sealed class FilterList(params ImmutableArray<RouteFilter> filters) : IEquatable<FilterList>
{
    private readonly FilterProgram?[] _programs = new FilterProgram?[8];
    private int _compiled;

    /// <summary>No filters.</summary>
    public static FilterList None { get; } = new([]);

    /// <summary>The filters.</summary>
    public ImmutableArray<RouteFilter> Filters { get; } = filters;

    /// <summary>The rules of one family and direction for one kind of session, compiled; null where there are
    /// none.</summary>
    internal FilterProgram? Program(IpFamily family, FilterDirection direction, bool isInternal)
    {
        if (Filters.IsEmpty) return null;
        var place = (family == IpFamily.V6 ? 4 : 0) | (direction == FilterDirection.Export ? 2 : 0)
            | (isInternal ? 1 : 0);
        if ((_compiled & 1 << place) == 0)
        {
            _programs[place] = FilterProgram.Compile(this, family, direction, isInternal);
            _compiled |= 1 << place;
        }

        return _programs[place];
    }

    /// <inheritdoc/>
    public bool Equals(FilterList? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Filters.AsSpan().SequenceEqual(other.Filters.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FilterList);

    /// <inheritdoc/>
    public override int GetHashCode() => Filters.Length;

    /// <summary>The names, in order.</summary>
    public override string ToString() => string.Join(", ", Filters.Select(filter => filter.Name));
}

/// <summary>One rule: what is not given matches everything, what is given must all match. Compared by value.</summary>
/// <param name="Action">What follows.</param>
public sealed record FilterRule(FilterAction Action)
{
    /// <summary>Which prefixes.</summary>
    public PrefixPattern? Prefix { get; init; }

    /// <summary>Only routes learned by BGP (<c>source: RemotePeers</c>).</summary>
    public bool LearnedOnly { get; init; }

    /// <summary>The outgoing interface, <c>*</c> standing for any characters; a route without one has the name ""
    /// (spec 12.4).</summary>
    public string? Interface { get; init; }

    /// <summary>True for sessions within the AS, false for those between two.</summary>
    public bool? Internal { get; init; }

    /// <summary>A community that must be there.</summary>
    public FilterCommunity? Community { get; init; }

    /// <summary>What the AS_PATH must begin with; empty matches every path.</summary>
    public ImmutableArray<uint> AsPathPrefix { get; init; } = [];

    /// <summary>The LOCAL_PREF.</summary>
    public uint? LocalPref { get; init; }

    /// <summary>What an accepted route becomes; null leaves it as it is.</summary>
    public FilterEdits? Edits { get; init; }

    /// <inheritdoc/>
    public bool Equals(FilterRule? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && (Action, Prefix, LearnedOnly) == (other.Action, other.Prefix, other.LearnedOnly)
            && (Interface, Internal, Community, LocalPref)
            == (other.Interface, other.Internal, other.Community, other.LocalPref)
            && Equals(Edits, other.Edits)
            && AsPathPrefix.AsSpan().SequenceEqual(other.AsPathPrefix.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => (Action, Prefix, LocalPref).GetHashCode();
}

/// <summary>A set of prefixes: those within a network whose length lies between two bounds, or all others.</summary>
/// <param name="Network">The network.</param>
/// <param name="Shortest">The least length.</param>
/// <param name="Longest">The greatest length; below <paramref name="Shortest"/> no prefix is in the pattern.</param>
/// <param name="Negated">All others.</param>
public readonly record struct PrefixPattern(IpPrefix Network, int Shortest, int Longest, bool Negated = false)
{
    /// <summary>This prefix alone.</summary>
    public static PrefixPattern Exactly(IpPrefix network) => new(network, network.Length, network.Length);

    /// <summary>This prefix and all within.</summary>
    public static PrefixPattern Within(IpPrefix network) => new(network, network.Length, network.Address.Bits);

    /// <summary>The others.</summary>
    public PrefixPattern Except() => this with { Negated = !Negated };

    /// <summary>True when the prefix is in the set.</summary>
    public bool Matches(IpPrefix prefix) =>
        (Network.Contains(prefix) && prefix.Length >= Shortest && prefix.Length <= Longest) != Negated;
}

/// <summary>A community of either kind.</summary>
/// <param name="Standard">A community of RFC 1997; null for a large one.</param>
/// <param name="Large">A community of RFC 8092.</param>
public readonly record struct FilterCommunity(uint? Standard, LargeCommunity Large = default);

/// <summary>What an accepted route becomes: the operations of a rule, summed up. Compared by value.</summary>
public sealed record FilterEdits
{
    /// <summary>What AS_PATH begins with afterwards, in this order.</summary>
    public ImmutableArray<uint> Prepended { get; init; } = [];

    /// <summary>The LOCAL_PREF; null leaves it.</summary>
    public uint? LocalPref { get; init; }

    /// <summary>Communities to add where they are missing.</summary>
    public ImmutableArray<uint> Communities { get; init; } = [];

    /// <summary>Large communities to add where they are missing.</summary>
    public ImmutableArray<LargeCommunity> LargeCommunities { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(FilterEdits? other) =>
        ReferenceEquals(this, other)
        || (other is not null && LocalPref == other.LocalPref
            && Prepended.AsSpan().SequenceEqual(other.Prepended.AsSpan())
            && Communities.AsSpan().SequenceEqual(other.Communities.AsSpan())
            && LargeCommunities.AsSpan().SequenceEqual(other.LargeCommunities.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => (LocalPref, Prepended.Length, Communities.Length).GetHashCode();
}
