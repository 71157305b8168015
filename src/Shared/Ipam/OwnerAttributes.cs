using System.Collections.Immutable;

namespace Agent.Ipam;

/// <summary>What is noted about the owner of an address (Calico's "active
/// owner attributes"), compared by value.</summary>
public sealed class OwnerAttributes : IEquatable<OwnerAttributes>
{
    /// <summary>The node on which the owner runs; allocations without it are never taken for leaks.</summary>
    public const string Node = "node";

    /// <summary>The pod's name.</summary>
    public const string Pod = "pod";

    /// <summary>The pod's namespace.</summary>
    public const string Namespace = "namespace";

    /// <summary>When the address was assigned, in UTC.</summary>
    public const string Timestamp = "timestamp";

    /// <summary>What the owner is, where it is no pod:
    /// <c>vxlanTunnelAddress</c>, <c>wireguardTunnelAddress</c>, ...</summary>
    public const string Type = "type";

    private readonly ImmutableSortedDictionary<string, string> _entries;

    private OwnerAttributes(ImmutableSortedDictionary<string, string> entries) => _entries = entries;

    /// <summary>No attributes.</summary>
    public static OwnerAttributes Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    /// <summary>The entries, in ordinal order of their keys.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <summary>The value of a key, or null.</summary>
    public string? this[string key] => _entries.GetValueOrDefault(key);

    /// <summary>The attributes with one entry set.</summary>
    public OwnerAttributes With(string key, string value) => new(_entries.SetItem(key, value));

    /// <summary>Attributes with these entries; the last of equal keys stays.</summary>
    public static OwnerAttributes Of(IEnumerable<KeyValuePair<string, string>> entries) =>
        new(Empty._entries.SetItems(entries));

    /// <inheritdoc/>
    public bool Equals(OwnerAttributes? other) =>
        other is not null && (ReferenceEquals(this, other) || _entries.SequenceEqual(other._entries));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OwnerAttributes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in _entries)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <summary>As <c>ipam check</c> writes it: <c>k=v,k=v</c>.</summary>
    public override string ToString() => string.Join(',', _entries.Select(entry => $"{entry.Key}={entry.Value}"));
}
