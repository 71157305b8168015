using Agent.Primitives;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Addresses that automatic assignment leaves alone; an explicit request gets them (spec calico-ipam-cni-cli
/// 1.2).</summary>
public sealed record IPReservation : TypedResource
{
    /// <summary>The reserved ranges as written: networks or single addresses.</summary>
    public ValueList<string> ReservedCIDRs { get; init; }

    /// <summary>The reserved ranges that can be understood; single addresses as /32 or /128, host bits
    /// cleared.</summary>
    public IReadOnlyList<IpPrefix> Ranges()
    {
        var ranges = new List<IpPrefix>();
        foreach (var text in ReservedCIDRs)
        {
            if (IpPrefix.TryParseInterface(text.Trim(), out _, out var network)) ranges.Add(network);
            else if (IpAddr.TryParse(text.Trim(), out var address)) ranges.Add(IpPrefix.Host(address));
        }

        return ranges;
    }

    /// <summary>Reads a reservation.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static IPReservation From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.IPReservation, ResourceJson.Default.IPReservation) with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
        };

    /// <summary>The envelope of this reservation.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.IPReservation, TypedJson.Write(this, ResourceJson.Default.IPReservation), Status);
}
