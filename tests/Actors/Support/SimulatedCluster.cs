using Agent.Datastore;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Support;

/// <summary>Whole nodes in one seeded world: every actor, a kernel and a journal each, one datastore, a network between them.</summary>
internal sealed class SimulatedCluster
{
    public const string NetworkName = "k8s-pod-network";

    private readonly SortedDictionary<string, SimulatedNode> _nodes = new(StringComparer.Ordinal);

    public SimulatedCluster(int seed)
    {
        World = new SeededWorld(seed);
        Network = new SimulatedNetwork(World);
        Datastore = new InMemoryDatastore(World.Time, World.CreateRandom("datastore"));
    }

    public SeededWorld World { get; }

    public SimulatedNetwork Network { get; }

    public InMemoryDatastore Datastore { get; }

    public SimulatedNode this[string name] => _nodes[name];

    /// <summary>A cluster with one pool (10.48.0.0/16 in blocks of 64) and running nodes a, b, c, ... at 10.0.0.11, 12, 13, ...</summary>
    public static SimulatedCluster Of(int nodes, int seed = 1, string pool = "{cidr: 10.48.0.0/16, blockSize: 26}")
    {
        var cluster = new SimulatedCluster(seed);
        cluster.Apply(Pool("default", pool), Manifest("v1", "Namespace", "default", "{}"));
        for (var number = 0; number < nodes; number++) cluster.AddNode($"{(char)('a' + number)}", $"10.0.0.{11 + number}");
        foreach (var node in cluster._nodes.Values) node.Start(settle: false);
        cluster.World.Advance(TimeSpan.FromSeconds(10));
        return cluster;
    }

    public static string Manifest(string version, string kind, string name, string spec, string metadata = "") =>
        $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{metadata}}}\nspec: {spec}\n";

    public static string Calico(string kind, string name, string spec) => Manifest("projectcalico.org/v3", kind, name, spec);

    public static string Pool(string name, string spec) => Calico("IPPool", name, spec);

    /// <summary>A node that is not started yet.</summary>
    public SimulatedNode AddNode(string name, string address)
    {
        var node = new SimulatedNode(this, name, IpAddr.Parse(address));
        node.Kernel.AddLink("eth0");
        node.Kernel.AddAddress("eth0", node.Address, 24);
        Apply(Calico("Node", name, $"{{bgp: {{ipv4Address: {address}/24}} }}"));
        _nodes.Add(name, node);
        return node;
    }

    /// <summary>Creates or replaces resources, as <c>kubectl apply</c> does, at once.</summary>
    public void Apply(params string[] manifests)
    {
        foreach (var resource in ManifestReader.Read(string.Join("\n---\n", manifests)).Resources)
        {
            var stored = Datastore.GetAsync(resource.Key).Result;
            var result = stored is null
                ? Datastore.CreateAsync(resource).Result
                : Datastore.UpdateAsync(resource with { Revision = stored.Revision, Uid = stored.Uid }).Result;
            Assert.IsType<WriteResult.Written>(result);
        }
    }

    public void Remove(ResourceKind kind, string name, string? @namespace = null) =>
        Assert.IsType<WriteResult.Written>(Datastore.DeleteAsync(new ResourceKey(kind, name, @namespace), null).Result);

    public void Advance(double seconds) => World.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Every affinity row: node, block, state.</summary>
    public string[] Affinities() =>
        [.. Datastore.ListAsync(Kinds.BlockAffinity).Result.Items.Select(BlockAffinity.From).Select(row => $"{row.Node} {row.Cidr} {row.State}")];

    /// <summary>Every published allocation: block's owner, address, handle.</summary>
    public string[] Published() =>
    [
        .. from resource in Datastore.ListAsync(Kinds.IPAMBlock).Result.Items
           let block = IpamJson.ReadBlock(resource.Spec)
           from ordinal in Enumerable.Range(0, block.Allocations.Count)
           where block.Allocations[ordinal] is not null
           select $"{block.Affinity} {block.Cidr.Address.Add((uint)ordinal)} {block.Attributes[block.Allocations[ordinal]!.Value].Handle}",
    ];

    /// <summary>Every published block and its owner.</summary>
    public string[] Blocks() =>
        [.. Datastore.ListAsync(Kinds.IPAMBlock).Result.Items.Select(resource => IpamJson.ReadBlock(resource.Spec)).Select(block => $"{block.Affinity} {block.Cidr}")];
}
