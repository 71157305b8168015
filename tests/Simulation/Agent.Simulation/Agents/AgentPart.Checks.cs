using Agent.Datastore;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Resources;
using Agent.Simulation.Outside;
using RouteProtocol = Agent.Netlink.RouteProtocol;

namespace Agent.Simulation.Agents;

internal sealed partial class AgentPart
{
    private const string OnePod = "no address is given to two pods at once";
    private const string OneOwner = "a block has one owner";
    private const string Announced = "every announced own block is owned";
    private const int BlockLength = 29;

    private readonly Dictionary<IpAddr, Kubelet.Pod> _holders = [];
    private readonly SortedDictionary<IpPrefix, string> _confirmed = [];

    /// <summary>A pod was given an address: nobody else may have it, and its block must be the node's.</summary>
    public void Added(Node node, Kubelet.Pod pod, IpAddr address)
    {
        var holder = _holders.GetValueOrDefault(address);
        _world.Require(holder is null || holder == pod, OnePod, () =>
            $"{node.Process.Name} gave {address} to {pod.Container}, though {holder!.Container} has it");
        _world.Require(pod.Address is null || pod.Address == address, "a repeated ADD gives the same address", () =>
            $"{node.Process.Name} gave {address} to {pod.Container}, which had {pod.Address}");
        var block = new IpPrefix(address, BlockLength);
        _world.Require(OwnerOf(block) == node.Name, OneOwner, () =>
            $"{node.Process.Name} gave out {address} of {block}, which is {OwnerOf(block) ?? "nobody"}'s");
        (_holders[address], pod.Address) = (pod, address);
    }

    /// <summary>A pod ends: its address may be given to another from now on.</summary>
    public void Ends(Kubelet.Pod pod)
    {
        if (pod.Address is { } address && _holders.GetValueOrDefault(address) == pod)
            _holders.Remove(address);
    }

    public void CheckSettled()
    {
        IsQuiet = false;
        _shard?.CheckSettled();
        foreach (var (node, kubelet) in _kubelets)
        {
            foreach (var pod in kubelet.Pods.Where(pod => !pod.IsRunning))
                _world.Fail("every CNI request is carried out in the end", $"{pod.Container} is {pod.Phase} on {node.Process.Name}");
        }

        var blocks = _world.Datastore.ListAsync(Kinds.IPAMBlock).Result.Items.Select(IpamBlock.From).ToList();
        CheckAllocations(blocks);
        foreach (var (node, kubelet) in _kubelets)
            CheckRoutes(node, kubelet, blocks);
    }

    /// <summary>What is published is what pods have: nothing leaked, nothing missing.</summary>
    private void CheckAllocations(List<IpamBlock> blocks)
    {
        var published =
            from block in blocks
            from ordinal in Enumerable.Range(0, block.Allocations.Count)
            where block.Allocations[ordinal] is not null
            select $"{block.Affinity} {block.Cidr.Address.Add((uint)ordinal)} {block.Attributes[block.Allocations[ordinal]!.Value].HandleId}";
        var running =
            from each in _kubelets
            from pod in each.Kubelet.Pods
            where pod.IsRunning
            select $"host:{each.Node.Name} {pod.Address} {pod.Handle}";
        CheckSame("no address is leaked, and none forgotten", "published", published, "pods", running);
    }

    /// <summary>The kernel has a way to every other node's blocks, drops what is for the own ones, and reaches its
    /// pods.</summary>
    private void CheckRoutes(Node node, Kubelet kubelet, List<IpamBlock> blocks)
    {
        var links = KernelOf(node).DumpLinksAsync().Result.ToDictionary(link => link.Index, link => link.Name);
        var actual =
            from route in KernelOf(node).DumpRoutesAsync().Result
            where route.Protocol is RouteProtocol.Bird or RouteProtocol.Boot
            select route.Kind != RouteKind.Unicast ? $"{route.Kind} {route.Destination}"
                : route.NextHops[0].Gateway.IsDefault ? $"{route.Destination} dev {links[route.OutInterface]}"
                : $"{route.Destination} via {route.NextHops[0].Gateway}";
        var expected = kubelet.Pods.Where(pod => pod.IsRunning)
            .Select(pod => $"{new IpPrefix(pod.Address!.Value, 32)} dev {pod.HostInterface}")
            .Concat(from block in blocks
                    let owner = _world.Nodes.FirstOrDefault(each => block.Affinity == "host:" + each.Name)
                    where owner is not null
                    select owner == node ? $"Blackhole {block.Cidr}" : $"{block.Cidr} via {owner.Ip}");
        CheckSame($"every kernel has the routes ({node.Process.Name})", "kernel", actual, "expected", expected);
    }

    private void CheckSame(
        string invariant, string one, IEnumerable<string> first, string other, IEnumerable<string> second)
    {
        var (left, right) = (first.ToHashSet(StringComparer.Ordinal), second.ToHashSet(StringComparer.Ordinal));
        if (left.SetEquals(right))
            return;
        var onlyLeft = string.Join(", ", left.Except(right).Order(StringComparer.Ordinal));
        var onlyRight = string.Join(", ", right.Except(left).Order(StringComparer.Ordinal));
        _world.Fail(invariant, $"only {one}: [{onlyLeft}]; only {other}: [{onlyRight}]");
    }

    /// <summary>A route is about to be changed: a block that is announced as the node's own must be its own.</summary>
    private void OnRoute(Node node, RouteChange change)
    {
        if (change.Action == RouteAction.Delete || change.Route.Kind != RouteKind.Blackhole)
            return;
        var block = change.Route.Destination;

        // What is being given up has a blackhole and is not announced.
        if (StateOf(node, block) == AffinityState.PendingDeletion)
            return;
        _world.Require(OwnerOf(block) == node.Name, Announced, () =>
            $"{node.Process.Name} announces {block}, which is {OwnerOf(block) ?? "nobody"}'s");
    }

    private void WatchAffinities() => _world.Datastore.Watch(Kinds.BlockAffinity, 0, events =>
    {
        foreach (var happened in events)
        {
            if (happened is WatchEvent.Deleted(var gone))
                Forget(BlockAffinity.From(gone));
            else if (happened is WatchEvent.Put(var put))
                Confirm(BlockAffinity.From(put));
        }
    });

    private void Confirm(BlockAffinity row)
    {
        if (row.State != AffinityState.Confirmed)
        {
            Forget(row);
            return;
        }

        var owner = _confirmed.GetValueOrDefault(row.Cidr, row.Node);
        _world.Require(owner == row.Node, OneOwner, () => $"{row.Cidr} is {owner}'s, and {row.Node} confirmed it");
        _confirmed[row.Cidr] = row.Node;
    }

    private void Forget(BlockAffinity row)
    {
        if (_confirmed.GetValueOrDefault(row.Cidr) == row.Node)
            _confirmed.Remove(row.Cidr);
    }

    private AffinityState? StateOf(Node node, IpPrefix block)
    {
        var key = new ResourceKey(Kinds.BlockAffinity, Ipam.IpamNames.Affinity(node.Name, block));
        return _world.Datastore.GetAsync(key).Result is { } row ? BlockAffinity.From(row).State : null;
    }

    private string? OwnerOf(IpPrefix block) =>
        _world.Datastore.GetAsync(new ResourceKey(Kinds.IPAMBlock, Ipam.IpamNames.Block(block))).Result is { } stored
        && IpamBlock.From(stored).Affinity is ['h', 'o', 's', 't', ':', .. var name]
            ? name
            : null;
}
