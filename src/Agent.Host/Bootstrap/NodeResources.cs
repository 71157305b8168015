using System.Net;
using Agent.Datastore;
using Agent.Host.Settings;
using Agent.Netlink;
using Agent.Resources;
using Microsoft.Extensions.Logging;

namespace Agent.Host.Bootstrap;

/// <summary>The resources that an agent sees to at its start: its Node, and in a new cluster the defaults (spec
/// calico-bgp 1.1, 7.5; IPAM 1.1).</summary>
internal static class NodeResources
{
    private const int MostTries = 10;

    /// <summary>Creates what is missing and updates the Node where the settings say otherwise.</summary>
    /// <exception cref="StartRefusedException">The node has no address, or another node has the same.</exception>
    public static async Task EnsureAsync(IDatastore datastore, IKernel kernel, AgentSettings settings, string version,
        ILogger log)
    {
        await EnsureClusterAsync(datastore, settings, version, log);
        for (var attempt = 0; attempt < MostTries; attempt++)
            if (await TryEnsureNodeAsync(datastore, kernel, settings, log)) return;
        throw new StartRefusedException(
            $"the Node {settings.NodeName} changes too often to be updated; is another agent running with the same "
            + "name?");
    }

    /// <summary>The address of the node's BGP, as its resource has it.</summary>
    public static async Task<IPAddress> AddressAsync(IDatastore datastore, string node)
    {
        var stored = await datastore.GetAsync(new ResourceKey(Kinds.Node, node))
            ?? throw new StartRefusedException($"the Node {node} was deleted while its agent started; start it again");
        var bgp = CalicoNode.From(stored).Bgp;
        return IPAddress.Parse((bgp?.Ipv4Address ?? bgp?.Ipv6Address ?? "127.0.0.1").Split('/')[0]);
    }

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

        if (settings.DefaultPool is not { } cidr || (await datastore.ListAsync(Kinds.IPPool)).Items.Count > 0) return;
        var pool = new IPPool
        {
            Metadata = ObjectMeta.Named("default-ipv4-ippool"),
            Cidr = cidr,
            BlockSize = settings.DefaultPoolBlockSize,
            NatOutgoing = settings.DefaultPoolNatOutgoing,
        };
        if (await datastore.CreateAsync(pool.ToResource()) is WriteResult.Written)
            log.LogInformation("created the pool {Pool} with {Cidr}, since the cluster had none", pool.Name, cidr);
    }

    private static async Task<bool> TryEnsureNodeAsync(IDatastore datastore, IKernel kernel, AgentSettings settings,
        ILogger log)
    {
        var nodes = (await datastore.ListAsync(Kinds.Node)).Items;
        var stored = nodes.FirstOrDefault(node => node.Name == settings.NodeName);
        var known = stored is null
            ? new CalicoNode { Metadata = ObjectMeta.Named(settings.NodeName) }
            : CalicoNode.From(stored);
        var address = await AddressAsync(kernel, settings, known.Bgp?.Ipv4Address);
        RefuseTaken(nodes, settings.NodeName, address);

        var bgp = (known.Bgp ?? new NodeBgp()) with
        {
            Ipv4Address = address,
            AsNumber = settings.AsNumber ?? known.Bgp?.AsNumber
        };
        if (stored is not null && known.Bgp == bgp) return true;
        var wanted = (known with { Bgp = bgp }).ToResource();
        var result = stored is null
            ? await datastore.CreateAsync(wanted)
            : await datastore.UpdateAsync(stored with { Spec = wanted.Spec });
        if (result is not WriteResult.Written) return false;
        log.LogInformation("node {Node} has the BGP address {Address}", settings.NodeName, address);
        return true;
    }

    private static async Task<string> AddressAsync(IKernel kernel, AgentSettings settings, string? stored)
    {
        if (settings.KeepStoredIp || (settings.Ip is null && !settings.RedetectIp && stored is not null))
        {
            return stored ?? throw new StartRefusedException(
                $"no address of node {settings.NodeName} is stored and 'ip' is 'none'; set ip to an address or to "
                + "'autodetect'");
        }

        var addresses = await kernel.DumpAddressesAsync();
        if (settings.Ip is { } given) return AddressDetection.WithLength(given, addresses);
        return AddressDetection.Detect(settings.IpAutodetectionMethod, await kernel.DumpLinksAsync(), addresses)
            ?? throw new StartRefusedException(
                $"no IPv4 address for BGP was found by '{settings.IpAutodetectionMethod}'; set ip, or another "
                + "ipAutodetectionMethod");
    }

    private static void RefuseTaken(IReadOnlyList<Resource> nodes, string name, string address)
    {
        var plain = address.Split('/')[0];
        var other = nodes.Select(CalicoNode.From)
            .FirstOrDefault(node => node.Name != name && node.Bgp?.Ipv4Address?.Split('/')[0] == plain);
        if (other is not null)
            throw new StartRefusedException(
                $"node {other.Name} has the address {plain} already; give {name} another, or delete that Node if "
                + "it is gone");
    }
}
