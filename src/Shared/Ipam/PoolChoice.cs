using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>Which pools an address may come from, in which order.</summary>
/// <remarks>
/// Pools that were asked for (by annotation or CNI configuration) are used as asked, in that order: their
/// selectors and mode do not count. Otherwise all automatic pools that select node and namespace are used,
/// in order of their names. Either way a pool must be enabled and allow the use. Selectors arrive
/// evaluated; that a selector is invalid was found before.
/// </remarks>
public abstract record PoolChoice
{
    private PoolChoice() { }

    /// <summary>These pools, in this order; at least one.</summary>
    public sealed record Chosen(IReadOnlyList<Pool> Pools) : PoolChoice;

    /// <summary>None, in Calico's words why.</summary>
    public sealed record Refused(string Error) : PoolChoice;

    /// <summary>Chooses pools of one family.</summary>
    /// <param name="pools">All pools of the cluster.</param>
    /// <param name="requested">The networks of the pools that were asked for; empty when none were.</param>
    /// <param name="family">The family of the wanted address.</param>
    /// <param name="use">The one use that the address is for.</param>
    /// <param name="node">The node's name, for messages.</param>
    public static PoolChoice Choose(
        IReadOnlyList<Pool> pools, IReadOnlyList<IpPrefix> requested, IpFamily family, PoolUses use, string node)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(requested);
        if (use == PoolUses.None) return new Refused("must specify the intended use when assigning an IP");
        if (requested.Any(cidr => cidr.Family != family))
        {
            var (own, other) = (Number(family), family == IpFamily.V4 ? 6 : 4);
            return new Refused($"provided IPv{own} IPPools list contains one or more IPv{other} IPPools");
        }

        var enabled = pools.Where(pool => pool.IsEnabled && pool.Cidr.Family == family)
            .OrderBy(pool => pool.Name, StringComparer.Ordinal).ToList();
        var selected = new List<Pool>();
        foreach (var cidr in requested.Distinct())
        {
            if (enabled.Find(pool => pool.Cidr == cidr) is not { } pool)
                return new Refused($"the given pool ({cidr}) does not exist, or is not enabled");
            selected.Add(pool);
        }

        if (requested.Count == 0)
            selected = enabled.FindAll(pool =>
                pool is { IsAutomatic: true, SelectsNode: true, SelectsNamespace: true });
        if (selected.Count == 0) return new Refused($"no configured Calico pools for node {node}");
        var useful = selected.FindAll(pool => pool.Uses.HasFlag(use));
        return useful.Count > 0
            ? new Chosen(useful)
            : new Refused($"cannot find a qualified ippool, no pools match the required use ({use})");
    }

    /// <summary>Chooses the pool of an address that was asked for by itself; selectors,
    /// mode and reservations do not count.</summary>
    /// <param name="pools">All pools of the cluster.</param>
    /// <param name="address">The address.</param>
    /// <param name="use">The use that was declared, or <see cref="PoolUses.None"/> when none was.</param>
    public static PoolChoice ForAddress(IReadOnlyList<Pool> pools, IpAddr address, PoolUses use)
    {
        ArgumentNullException.ThrowIfNull(pools);
        if (pools.FirstOrDefault(pool => pool.IsEnabled && pool.Cidr.Contains(address)) is not { } pool)
            return new Refused("The provided IP address is not in a configured pool\n");
        if (!pool.Uses.HasFlag(use))
        {
            var allowed = Enum.GetValues<PoolUses>().Where(each => each != PoolUses.None && pool.Uses.HasFlag(each));
            return new Refused(
                $"IP address {address} is in IP pool \"{pool.Name}\", which is not allowed for use \"{use}\" "
                + $"(allowedUses: [{string.Join(' ', allowed)}])");
        }

        return new Chosen([pool]);
    }

    /// <summary>The network of a pool that a user named, by its network or by its name.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="pools">All pools of the cluster.</param>
    /// <param name="family">The family in which it was asked for.</param>
    /// <param name="cidr">The network.</param>
    /// <param name="error">What is wrong with the text; null when it is resolved.</param>
    public static bool TryResolve(string text, IReadOnlyList<Pool> pools, IpFamily family, out IpPrefix cidr,
        out string? error)
    {
        ArgumentNullException.ThrowIfNull(pools);
        error = null;
        if (!IpPrefix.TryParse(text, out cidr))
        {
            if (pools.FirstOrDefault(pool => pool.Name == text) is not { } named)
            {
                error = $"error parsing pool \"{text}\": it is no network (address/length), and no IPPool has this name";
                return false;
            }

            cidr = named.Cidr;
        }

        if (cidr.Family != family) error = $"\"{cidr.Address}\" isn't a IPv{Number(family)} address";
        return error is null;
    }

    private static int Number(IpFamily family) => family == IpFamily.V4 ? 4 : 6;
}
