using System.Collections.Immutable;

namespace Agent.Bgp.Rib;

/// <summary>The node's links by index and by name.</summary>
internal sealed class LinkNames
{
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);

    /// <summary>True where some link is an overlay's or of the eBPF dataplane.</summary>
    public bool HasHidden { get; private set; }

    /// <summary>Replaces all links.</summary>
    public void Set(ImmutableArray<NamedLink> links)
    {
        _names.Clear();
        _indexes.Clear();
        foreach (var link in links)
        {
            _names[link.Index] = link.Name;
            _indexes[link.Name] = link.Index;
        }

        HasHidden = links.Any(link => IsOverlay(link.Index) || IsBpf(link.Index));
    }

    /// <summary>The name; "" for a link that is not there.</summary>
    public string NameOf(int index) => _names.GetValueOrDefault(index, "");

    /// <summary>The index; 0 for a link that is not there.</summary>
    public int IndexOf(string name) => _indexes.GetValueOrDefault(name);

    /// <summary>True for links of an overlay: what goes out there is not told to peers of our AS (spec 3.2 step
    /// 5).</summary>
    public bool IsOverlay(int index) =>
        NameOf(index) is var name
        && (name == "tunl0" || name.EndsWith(".cali", StringComparison.Ordinal)
            || name.EndsWith(".calico", StringComparison.Ordinal));

    /// <summary>True for the links of Calico's eBPF dataplane: what goes out there is told to nobody (step
    /// 6).</summary>
    public bool IsBpf(int index) =>
        NameOf(index) is var name && name.StartsWith("bpf", StringComparison.Ordinal)
        && name.EndsWith(".cali", StringComparison.Ordinal);
}
