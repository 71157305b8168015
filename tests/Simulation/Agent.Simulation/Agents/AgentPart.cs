using System.Globalization;
using Agent.Actors.Cluster;
using Agent.Actors.Node;
using Agent.Actors.Routing;
using Agent.Datastore;
using Agent.Netlink;
using Agent.Planning;
using Agent.Resources;
using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Agents;

/// <summary>The agent on every node, with all its actors: a kernel, a journal, BGP sessions to all others, and a kubelet
/// that starts and ends pods. Where the cluster part runs too, blocks are asked of the pool's shard.</summary>
/// <remarks>This file is what runs; <c>.Checks</c> is what must hold.</remarks>
internal sealed partial class AgentPart : IPart
{
    private const string Pool = "default";

    private const string Namespace = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default}
        """;

    private readonly World _world;
    private readonly Dictionary<Node, InMemoryKernel> _kernels = [];
    private readonly List<(Node Node, Kubelet Kubelet)> _kubelets = [];
    private readonly PoolShard? _shard;
    private readonly SortedSet<string> _excluded = new(StringComparer.Ordinal);

    public AgentPart(World world)
    {
        _world = world;
        _shard = world.Settings.Parts.HasFlag(Parts.Cluster) ? new PoolShard(world, Pool) : null;
        Apply(PoolOf("all()"));
        Apply(Namespace);
        foreach (var node in world.Nodes)
        {
            Apply(string.Create(CultureInfo.InvariantCulture, $$"""
                apiVersion: projectcalico.org/v3
                kind: Node
                metadata:
                  name: {{node.Name}}
                  labels: {kubernetes.io/hostname: {{node.Name}} }
                spec:
                  bgp: {ipv4Address: {{node.Ip}}/24}
                """));
            _kernels[node] = NewKernel(node);
            _kubelets.Add((node, new Kubelet(world, this, node)));
        }

        WatchAffinities();
    }

    /// <summary>Whether a calm ends soon: kubelets only finish what they began.</summary>
    public bool IsQuiet { get; private set; }

    public InMemoryKernel KernelOf(Node node) => _kernels[node];

    public RuntimeSetup Set(RuntimeSetup setup, Node node) => setup;

    public void Start(Node node)
    {
        var process = node.Process;
        var system = process.System;
        var kernel = new SimulatedKernel(_world, process, _kernels[node], change => OnRoute(node, change));
        var pools = _shard is { } shard
            ? BlockAffinityRegion.Start(
                system, new BlockAffinityPorts(node.Datastore, shard.EpochsOf(process), process.Clock))
            : null;
        system.ActorOf(
            NodeActor.For(
                new NodeIdentity(node.Name, "journal-of-" + node.Name, PlanOptions.Default)
                {
                    Incarnation = node.Starts,
                },
                new NodePorts
                {
                    Datastore = node.Datastore,
                    Kernel = kernel,
                    Transport = _world.Bgp.For(node.Ip, process.Enter),
                    Nftables = new KeptRuleset(),
                    Pools = pools,
                    Time = process.Clock,
                    Random = _world.Seeded.CreateRandom(process.Name + " ports"),
                }),
            NodeActor.Name);
    }

    public void OnTurnEnded(Node node, ActorPath actor) => _shard?.OnTurnEnded(node, actor);

    public void OnDeath(Node node, bool ofHost)
    {
        if (ofHost)
            _kernels[node] = NewKernel(node);
        _kubelets[node.Number].Kubelet.OnDeath(ofHost);
    }

    public void OnCalmEnds() => IsQuiet = true;

    /// <summary>The pool's selector leaves out the nodes that are excluded: they give their blocks back as these become
    /// empty.</summary>
    public void Exclude(Node node, bool isExcluded)
    {
        if (isExcluded)
            _excluded.Add(node.Name);
        else
            _excluded.Remove(node.Name);
        var selector = string.Join(" && ", _excluded.Select(name => $"kubernetes.io/hostname != '{name}'"));
        var wanted = ManifestReader.Read(PoolOf(selector.Length == 0 ? "all()" : selector)).Resources.Single();
        var stored = _world.Datastore.GetAsync(wanted.Key).Result!;
        _ = _world.Datastore.UpdateAsync(stored with { Spec = wanted.Spec }).Result;
    }

    public bool IsExcluded(Node node) => _excluded.Contains(node.Name);

    // Sixteen blocks of eight addresses: nodes need one or two each and come into each other's way.
    private static string PoolOf(string selector) => $$"""
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: {{Pool}}}
        spec:
          {cidr: 10.48.0.0/25, blockSize: 29, nodeSelector: "{{selector}}"}
        """;

    private static InMemoryKernel NewKernel(Node node)
    {
        var kernel = new InMemoryKernel();
        kernel.AddLink("eth0");
        kernel.AddAddress("eth0", node.Ip, 24);
        return kernel;
    }

    private void Apply(string manifests)
    {
        foreach (var resource in ManifestReader.Read(manifests).Resources)
        {
            if (_world.Datastore.CreateAsync(resource).Result is not WriteResult.Written)
                throw new InvalidOperationException($"{resource.Key} is there already");
        }
    }

    private sealed class KeptRuleset : INftables
    {
        public Task ApplyAsync(string ruleset) => Task.CompletedTask;
    }
}
