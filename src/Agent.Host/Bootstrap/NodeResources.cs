using System.Net;
using Agent.Datastore;
using Agent.Host.Settings;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Resources;
using Microsoft.Extensions.Logging;

namespace Agent.Host.Bootstrap;

/// <summary>The resources that an agent sees to at its start: its Node, and in a new cluster the defaults (spec
/// calico-bgp 1.1, 7.5; IPAM 1.1).</summary>
internal static class NodeResources
{
    private const int MostTries = 10;

    /// <summary>Creates what is missing and updates the Node where the settings say otherwise; gives the node's
    /// addresses.</summary>
    /// <exception cref="StartRefusedException">The node has no address, or another node has the same.</exception>
    public static async Task<NodeBgp> EnsureAsync(IDatastore datastore, IKernel kernel, AgentSettings settings,
        string version, ILogger log)
    {
        await EnsureClusterAsync(datastore, settings, version, log);
        for (var attempt = 0; attempt < MostTries; attempt++)
            if (await TryEnsureNodeAsync(datastore, kernel, settings, log) is { } bgp) return bgp;
        throw new StartRefusedException(
            $"the Node {settings.NodeName} changes too often to be updated; is another agent running with the same "
            + "name?");
    }

    /// <summary>The address at which other nodes reach this one, where the settings name none.</summary>
    public static IPAddress AddressOf(NodeBgp bgp) =>
        IPAddress.Parse((bgp.Ipv4Address ?? bgp.Ipv6Address ?? "127.0.0.1").Split('/')[0]);

    private static async Task EnsureClusterAsync(IDatastore datastore, AgentSettings settings, string version,
        ILogger log)
    {
        var plain = version.Split('+')[0];
        await datastore.CreateAsync(new ClusterInformation
        {
            Metadata = ObjectMeta.Named("default"),
            ClusterGUID = Guid.NewGuid().ToString("N"),
            ClusterType = "bgp",
            CalicoVersion = $"v{plain}",
            DatastoreReady = true,
        }.ToResource());
        await datastore.CreateAsync(
            new BgpConfiguration { Metadata = ObjectMeta.Named(BgpConfiguration.DefaultName) }.ToResource());

        if ((await datastore.ListAsync(Kinds.IPPool)).Items.Count > 0) return;
        foreach (var pool in DefaultPools(settings))
        {
            if (await datastore.CreateAsync(pool.ToResource()) is WriteResult.Written)
            {
                log.LogInformation("created the pool {Pool} with {Cidr}, since the cluster had none", pool.Name,
                    pool.Cidr);
            }
        }
    }

    private static IEnumerable<IPPool> DefaultPools(AgentSettings settings)
    {
        if (settings.DefaultPool is { } cidr)
        {
            yield return new IPPool
            {
                Metadata = ObjectMeta.Named("default-ipv4-ippool"),
                Cidr = cidr,
                BlockSize = settings.DefaultPoolBlockSize,
                NatOutgoing = settings.DefaultPoolNatOutgoing,
            };
        }

        if (settings.DefaultPool6 is { } cidr6)
        {
            yield return new IPPool
            {
                Metadata = ObjectMeta.Named("default-ipv6-ippool"),
                Cidr = cidr6,
                BlockSize = settings.DefaultPool6BlockSize,
                NatOutgoing = settings.DefaultPool6NatOutgoing,
            };
        }
    }

    /// <summary>The node's addresses once they stand in the datastore; null where somebody else was faster.</summary>
    private static async Task<NodeBgp?> TryEnsureNodeAsync(IDatastore datastore, IKernel kernel,
        AgentSettings settings, ILogger log)
    {
        var nodes = (await datastore.ListAsync(Kinds.Node)).Items;
        var stored = nodes.FirstOrDefault(node => node.Name == settings.NodeName);
        var known = stored is null
            ? new CalicoNode { Metadata = ObjectMeta.Named(settings.NodeName) }
            : CalicoNode.From(stored);
        var address = await AddressAsync(kernel, settings, known.Bgp?.Ipv4Address);
        var address6 = await Address6Async(kernel, settings, known.Bgp?.Ipv6Address);
        if (address is null && address6 is null)
        {
            throw new StartRefusedException(
                $"no address of node {settings.NodeName} is stored and 'ip' is 'none'; set ip or ip6 to an address or "
                + "to 'autodetect'");
        }

        RefuseTaken(nodes, settings.NodeName, address, bgp => bgp.Ipv4Address);
        RefuseTaken(nodes, settings.NodeName, address6, bgp => bgp.Ipv6Address);

        var bgp = (known.Bgp ?? new NodeBgp()) with
        {
            Ipv4Address = address,
            Ipv6Address = address6,
            AsNumber = settings.AsNumber ?? known.Bgp?.AsNumber
        };
        if (stored is not null && known.Bgp == bgp) return bgp;
        var wanted = (known with { Bgp = bgp }).ToResource();
        var result = stored is null
            ? await datastore.CreateAsync(wanted)
            : await datastore.UpdateAsync(stored with { Spec = wanted.Spec });
        if (result is not WriteResult.Written) return null;
        log.LogInformation("node {Node} has the BGP address {Address}", settings.NodeName,
            string.Join(" and ", new[] { address, address6 }.OfType<string>()));
        return bgp;
    }

    private static async Task<string?> AddressAsync(IKernel kernel, AgentSettings settings, string? stored)
    {
        if (settings.KeepStoredIp || (settings.Ip is null && !settings.RedetectIp && stored is not null))
            return stored;
        var addresses = await kernel.DumpAddressesAsync();
        if (settings.Ip is { } given) return AddressDetection.WithLength(given, addresses);
        return AddressDetection.Detect(settings.IpAutodetectionMethod, await kernel.DumpLinksAsync(), addresses)
            ?? throw new StartRefusedException(
                $"no IPv4 address for BGP was found by '{settings.IpAutodetectionMethod}'; set ip, or another "
                + "ipAutodetectionMethod");
    }

    private static async Task<string?> Address6Async(IKernel kernel, AgentSettings settings, string? stored)
    {
        if (settings.Ip6 is null && !settings.DetectIp6) return stored;
        var addresses = await kernel.DumpAddressesAsync();
        if (settings.Ip6 is { } given) return AddressDetection.WithLength(given, addresses);
        return AddressDetection.Detect(
                settings.Ip6AutodetectionMethod, await kernel.DumpLinksAsync(), addresses, IpFamily.V6)
            ?? throw new StartRefusedException(
                $"no IPv6 address for BGP was found by '{settings.Ip6AutodetectionMethod}'; set ip6, or another "
                + "ip6AutodetectionMethod");
    }

    private static void RefuseTaken(
        IReadOnlyList<Resource> nodes, string name, string? address, Func<NodeBgp, string?> addressOf)
    {
        if (PlainOf(address) is not { } plain) return;
        var other = nodes.Select(CalicoNode.From).FirstOrDefault(node =>
            node.Name != name && node.Bgp is { } bgp && PlainOf(addressOf(bgp)) == plain);
        if (other is not null)
            throw new StartRefusedException(
                $"node {other.Name} has the address {plain} already; give {name} another, or delete that Node if "
                + "it is gone");
    }

    /// <summary>The address without its length; IPv6 has several spellings of one address.</summary>
    private static IpAddr? PlainOf(string? text) =>
        IpAddr.TryParse(text?.Split('/')[0], out var address) ? address : null;
}
