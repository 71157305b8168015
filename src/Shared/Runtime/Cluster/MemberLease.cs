using System.Collections.Immutable;
using System.Globalization;
using Agent.Runtime.Actor;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster;

/// <summary>How a member stands in its lease: the name is its address, the holder its incarnation and its
/// roles.</summary>
/// <remarks>For instance <c>member/akka.tcp://agent@n1:7946</c>, held by
/// <c>akka.tcp://agent@n1:7946#77;coordinator</c>. A holder that is not of this form, or of another address, is no
/// member: a lease is so marked by whoever takes it over from a dead one.</remarks>
internal static class MemberLease
{
    public const string Prefix = "member/";

    public static string Name(Address address) => Prefix + address;

    public static string Holder(UniqueAddress self, IEnumerable<string> roles) =>
        $"{self};{string.Join(',', roles.Order(StringComparer.Ordinal))}";

    /// <summary>What stands in the lease of a member that was found dead, until it is given back.</summary>
    public static string Tombstone(UniqueAddress by) => $"taken over by {by}";

    /// <summary>The member that a lease speaks of, or null where it speaks of none.</summary>
    public static Member? Read(ClusterLease lease)
    {
        if (!lease.Name.StartsWith(Prefix, StringComparison.Ordinal)
            || !Address.TryParse(lease.Name[Prefix.Length..], out var address))
            return null;
        var text = address!.ToString();
        var roles = lease.Holder.IndexOf(';', StringComparison.Ordinal);
        if (roles < 0 || !lease.Holder.StartsWith(text + "#", StringComparison.Ordinal))
            return null;
        return int.TryParse(lease.Holder.AsSpan(text.Length + 1, roles - text.Length - 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out var uid)
            ? new Member(new UniqueAddress(address, uid), MemberStatus.Up,
                lease.Holder[(roles + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries)
                .ToImmutableHashSet(StringComparer.Ordinal))
            : null;
    }
}
