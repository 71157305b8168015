using System.Globalization;
using System.Text;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>Routes as text: <c>announce 10.1.0.0/24 origin=Igp path=65001 next-hop=10.0.0.2</c>.</summary>
public static class RouteText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The routes of one read, in order.</summary>
    internal static IEnumerable<string> Lines(UpdateBatch batch)
    {
        var sets = batch.Attributes;
        var lines = new List<string>();
        foreach (var operation in batch.Operations)
        {
            lines.Add(operation.Kind switch
            {
                RouteOperationKind.Announce => $"announce {Write(operation.Nlri)} {Write(sets[operation.Attributes])}",
                RouteOperationKind.Withdraw => $"withdraw {Write(operation.Nlri)}",
                _ => $"end-of-rib {SettingsText.Text(operation.Family)}",
            });
        }

        return lines;
    }

    /// <summary>What the kernel is to have for a prefix: <c>kernel 10.1.0.0/24 via 10.0.0.2</c>.</summary>
    internal static string Write(in RibChange change) => $"kernel {change.Prefix} {change.Route}";

    /// <summary>The attributes of a route; absent ones are left out.</summary>
    public static string Write(PathAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var text = new StringBuilder();
        text.Append(Culture, $"origin={attributes.Origin} path={attributes.AsPath.ToString().Replace(' ', ',')}");
        text.Append(Culture, $" next-hop={attributes.NextHop}");
        if (attributes.Med is { } med) text.Append(Culture, $" med={med}");
        if (attributes.LocalPref is { } preference) text.Append(Culture, $" local-pref={preference}");
        if (attributes.AtomicAggregate) text.Append(" atomic");
        if (attributes.Aggregator is { } aggregator)
            text.Append(Culture, $" aggregator={aggregator.Asn}:{aggregator.Address}");
        foreach (var community in attributes.Communities)
            text.Append(Culture, $" community={community >> 16}:{community & 0xffff}");
        foreach (var community in attributes.ExtendedCommunities) text.Append(Culture, $" extended={community}");
        foreach (var community in attributes.Ipv6ExtendedCommunities) text.Append(Culture, $" extended={community}");
        foreach (var community in attributes.LargeCommunities) text.Append(Culture, $" large={community}");
        if (attributes.OriginatorId is { } originator) text.Append(Culture, $" originator={IpAddr.FromV4(originator)}");
        foreach (var cluster in attributes.ClusterList) text.Append(Culture, $" cluster={IpAddr.FromV4(cluster)}");
        if (attributes.OnlyToCustomer is { } asn) text.Append(Culture, $" otc={asn}");
        foreach (var unknown in attributes.Unknown)
        {
            text.Append(Culture, $" {unknown.Type}/{unknown.Flags:x2}=");
            text.Append(Convert.ToHexStringLower(unknown.Value.AsSpan()));
        }

        return text.ToString();
    }

    private static string Write(Nlri nlri) =>
        nlri.PathId == 0 ? $"{nlri.Prefix}" : string.Create(Culture, $"{nlri.Prefix}#{nlri.PathId}");
}
