using Agent.Actors.Bgp;
using Agent.Actors.Node;
using Agent.Actors.Routing;
using Agent.Actors.Workloads;
using Agent.Netlink;
using Agent.Planning;
using Agent.Primitives;
using Agent.Runtime.Hosting;
using RouteProtocol = Agent.Netlink.RouteProtocol;

namespace Agent.Actors.Tests.Support;

/// <summary>One node of a <see cref="SimulatedCluster"/>: its kernel and journal outlive the process, which can be killed and started again.</summary>
internal sealed class SimulatedNode(SimulatedCluster cluster, string name, IpAddr address)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private ActorSystem? _system;
    private int _starts;
    private long _incarnation;

    public string Name => name;

    public IpAddr Address => address;

    public InMemoryKernel Kernel { get; } = new();

    public InMemoryJournal Journal { get; private set; } = new();

    public InMemorySnapshotStore Snapshots { get; private set; } = new();

    public string JournalId { get; private set; } = "journal-of-" + name;

    /// <summary>The process that runs now.</summary>
    public Fate Fate { get; private set; } = new();

    /// <summary>The kernel as the process that runs now sees it.</summary>
    public FatedKernel SeenKernel { get; private set; } = null!;

    /// <summary>What the processes logged at warning level and above.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The journal's file is gone; the next start begins an empty one.</summary>
    public void LoseJournal(string newId) => (Journal, Snapshots, JournalId) = (new InMemoryJournal(), new InMemorySnapshotStore(), newId);

    /// <summary>Copies the journal's file; what is returned puts the copy in its place.</summary>
    public Action CopyJournal()
    {
        var (incarnation, journal, snapshots) = (_incarnation, new InMemoryJournal(), new InMemorySnapshotStore());
        foreach (var id in (string[])["ipam-" + name, "resources-" + name])
        {
            if (Journal.ReplayAsync(id, 1, long.MaxValue, int.MaxValue).Result is { Count: > 0 } entries)
                _ = journal.WriteAsync([new AtomicWrite(id, entries[0].SequenceNr, [.. entries.Select(entry => entry.Payload)])]).Result;
            if (Snapshots.LoadAsync(id, SnapshotSelectionCriteria.Latest).Result is { } offer)
                snapshots.SaveAsync(offer.Metadata, offer.Snapshot).GetAwaiter().GetResult();
        }

        return () => (Journal, Snapshots, _incarnation) = (journal, snapshots, incarnation);
    }

    /// <summary>What the process is started with.</summary>
    public PlanOptions Options { get; set; } = PlanOptions.Default;

    /// <summary>Starts the process and lets it settle.</summary>
    public void Start(bool settle = true)
    {
        Fate = new Fate { OnDeath = () => cluster.Network.Die(address) };
        SeenKernel = new FatedKernel(Kernel, Fate);
        var journal = new FatedJournal(Journal, Snapshots, Fate);
        var label = $"{name}-{++_starts}";
        _system = cluster.World.CreateSystem(label, new RuntimeSetup
        {
            Persistence = new PersistenceSetup(journal, journal),
            LogLevel = LogLevel.WarningLevel,
            LogSink = entry => Log.Add(entry.Exception is { } cause ? $"{entry.Message}: {cause.Message}" : entry.Message),
        });
        _system.ActorOf(
            NodeActor.For(
                new NodeIdentity(name, JournalId, Options) { Incarnation = ++_incarnation },
                new NodePorts
                {
                    Datastore = new FatedDatastore(cluster.Datastore, Fate),
                    Kernel = SeenKernel,
                    Transport = cluster.Network.For(address),
                    Nftables = new KeptRuleset(),
                    Time = cluster.World.Time,
                    Random = cluster.World.CreateRandom(label + "-ports"),
                }),
            NodeActor.Name);
        if (settle) cluster.World.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>Kills the process: from this moment nothing that it does reaches the outside.</summary>
    public void Kill()
    {
        Fate.Die();
        _ = _system!.Terminate();
        cluster.World.RunUntil(() => _system.WhenTerminated.IsCompleted, Patience);
        _system = null;
    }

    /// <summary>Asks an actor of the node; null where the process dies before it answers.</summary>
    public object? Ask(string path, object question)
    {
        var answer = Begin(path, question);
        cluster.World.RunUntil(() => answer.IsCompleted || Fate.IsDead, Patience);
        if (Fate.IsDead) return null;
        Assert.True(answer.IsCompleted, $"{path} does not answer {question}");
        return answer.GetAwaiter().GetResult();
    }

    /// <summary>Puts a question to an actor of the node without waiting.</summary>
    public Task<object> Begin(string path, object question) =>
        _system!.ActorSelection($"/user/{NodeActor.Name}/{path}").Ask<object>(question, Patience);

    /// <summary>The answer to a question that must have been answered by now.</summary>
    public static object AnswerOf(Task<object> question)
    {
        Assert.True(question.IsCompleted, "there is no answer yet");
        return question.GetAwaiter().GetResult();
    }

    public object? Add(string container, string pod = "web") => Ask("pods", AddOf(container, pod));

    public object? Delete(string container, string pod = "web", bool withNamespace = true) => Ask("pods", DeleteOf(container, pod, withNamespace));

    /// <summary>ADD of a container of a pod, whose network namespace is made if need be.</summary>
    public PodProtocol.Add AddOf(string container, string pod = "web", string? @namespace = "default", params ImmutableArray<string> pools)
    {
        var netns = "/run/netns/" + container;
        if (Kernel.DumpLinksAsync(netns).IsFaulted) Kernel.AddNamespace(netns);
        return new PodProtocol.Add(new PodProtocol.Sandbox(SimulatedCluster.NetworkName, container, @namespace, pod), netns, "eth0", 1500, false, pools);
    }

    public static PodProtocol.Delete DeleteOf(string container, string pod = "web", bool withNamespace = true) => new(
        new PodProtocol.Sandbox(SimulatedCluster.NetworkName, container, "default", pod), withNamespace ? "/run/netns/" + container : null, "eth0");

    /// <summary>ADD that must succeed.</summary>
    public IpAddr Added(string container, string pod = "web") => Assert.IsType<PodProtocol.Added>(Add(container, pod)).Address;

    /// <summary>Our routes in the kernel, as <c>ip route</c> writes them.</summary>
    public string[] Routes()
    {
        var links = Kernel.DumpLinksAsync().Result.ToDictionary(link => link.Index, link => link.Name);
        return
        [
            .. from route in Kernel.DumpRoutesAsync().Result
               where route.Protocol is RouteProtocol.Bird or RouteProtocol.Boot
               select route.Kind == RouteKind.Unicast
                   ? route.NextHops[0].Gateway.IsDefault
                       ? $"{route.Destination.Address} dev {links[route.OutInterface]}"
                       : $"{route.Destination} via {route.NextHops[0].Gateway}"
                   : $"{route.Kind.ToString().ToLowerInvariant()} {route.Destination}",
        ];
    }

    /// <summary>The name and state of each peer.</summary>
    public string[] Peers() =>
        [.. Assert.IsType<PeerSetProtocol.Status>(Ask("bgp", PeerSetProtocol.GetStatus.Instance)).Peers.Select(peer => $"{peer.Name} {peer.State}")];

    private sealed class KeptRuleset : INftables
    {
        public Task ApplyAsync(string ruleset) => Task.CompletedTask;
    }
}
