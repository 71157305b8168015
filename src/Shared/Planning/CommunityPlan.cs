using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>Communities for exported routes inside a range.</summary>
/// <param name="Cidr">The range.</param>
/// <param name="Values">The values, names resolved, without duplicates: <c>aa:nn</c> (RFC 1997) or <c>aa:nn:mm</c> (RFC
/// 8092).</param>
public readonly record struct CommunityTag(IpPrefix Cidr, ValueList<string> Values);

/// <summary>Which exported routes carry which communities (spec calico-bgp 3.6).</summary>
public static class CommunityPlan
{
    /// <summary>The tags of a node: its own list where it has one at all, else the cluster's; never both.</summary>
    public static ImmutableArray<CommunityTag> For(ClusterSnapshot snapshot, string nodeName)
    {
        var own = snapshot.BgpOf(nodeName);
        var settings = own is { PrefixAdvertisements.IsEmpty: false } ? own : snapshot.DefaultBgp;
        var tags = ImmutableArray.CreateBuilder<CommunityTag>();
        foreach (var advertisement in settings.PrefixAdvertisements)
        {
            if (!IpPrefix.TryParse(advertisement.Cidr, out var cidr)) continue;
            var values = advertisement.Communities.Select(Resolve)
                .Where(value => value.Contains(':', StringComparison.Ordinal)).Distinct();
            tags.Add(new CommunityTag(cidr, [.. values]));
        }

        return tags.ToImmutable();

        string Resolve(string nameOrValue) =>
            settings.Communities.FirstOrDefault(known => known.Name == nameOrValue)?.Value ?? nameOrValue;
    }
}
