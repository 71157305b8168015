using System.Collections.Concurrent;
using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>Entities that live, each once, somewhere in the cluster, and are reached by id from everywhere.</summary>
/// <remarks>A shard goes to the rendezvous winner among the members with the role of its type, and is written down with
/// an epoch; it moves when a better member has been there for a while. At no time do two nodes act for a shard, as long
/// as clocks run at the same rate within the margin of <see cref="ClusterSetup"/>; what entities write carries the
/// epoch, for the case that they do not.</remarks>
public class ClusterSharding : IExtension
{
    private const string GuardianName = "sharding";
    private const string ProxySuffix = "Proxy";

    private readonly Cluster _cluster;
    private readonly LocalActorRef _guardian;
    private readonly ConcurrentDictionary<string, Lazy<Started>> _regions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string TypeName, string ShardId), ShardTerm> _terms = new();

    internal ClusterSharding(ActorSystemImpl system)
    {
        _cluster = Cluster.Get(system);
        Moves = new MoveBudget(_cluster.Setup.MovesPerMinute, _cluster.Time);
        Settings = ClusterShardingSettings.Create(system);
        _guardian = (LocalActorRef)system.SystemActorOf(Props.Create(() => new Guardian()), GuardianName);
    }

    /// <summary>The settings that types have where they do not say otherwise.</summary>
    public ClusterShardingSettings Settings { get; }

    /// <summary>The types that were started here, proxies not counted.</summary>
    public ImmutableHashSet<string> ShardTypeNames =>
        [.. _regions.Values.Select(r => r.Value).Where(r => !r.IsProxy).Select(r => r.TypeName)];

    internal MoveBudget Moves { get; }

    /// <summary>The sharding of this system.</summary>
    /// <exception cref="InvalidOperationException">The system was not set up as a node of a cluster.</exception>
    public static ClusterSharding Get(ActorSystem system) => Extension.Instance.Apply(system);

    /// <summary>Starts a type of entities on this node; one that was started already stays as it is. On a node that
    /// owns no shards the region only passes on.</summary>
    /// <param name="typeName">The type, the same on every node.</param>
    /// <param name="entityPropsFactory">Makes an entity's props from its id.</param>
    /// <param name="settings">How entities are kept.</param>
    /// <param name="messageExtractor">Which message is for which entity, in which shard.</param>
    /// <returns>The region, to which messages for entities are told, and queries.</returns>
    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor)
    {
        ArgumentException.ThrowIfNullOrEmpty(typeName);
        ArgumentNullException.ThrowIfNull(entityPropsFactory);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(messageExtractor);
        return Region(typeName, RegionName(typeName), entityPropsFactory, settings, messageExtractor, isProxy: false);
    }

    /// <summary>Starts a type whose entities are all made from the same props.</summary>
    /// <inheritdoc cref="Start(string, Func{string, Props}, ClusterShardingSettings, IMessageExtractor)"/>
    public IActorRef Start(string typeName, Props entityProps, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor)
    {
        ArgumentNullException.ThrowIfNull(entityProps);
        return Start(typeName, _ => entityProps, settings, messageExtractor);
    }

    /// <summary>Starts a type of entities on this node. The region is there at once; messages wait in it until owners
    /// are known.</summary>
    /// <inheritdoc cref="Start(string, Func{string, Props}, ClusterShardingSettings, IMessageExtractor)"/>
    public Task<IActorRef> StartAsync(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor) =>
        Task.FromResult(Start(typeName, entityPropsFactory, settings, messageExtractor));

    /// <summary>Starts a type whose entities are all made from the same props.</summary>
    /// <inheritdoc cref="Start(string, Func{string, Props}, ClusterShardingSettings, IMessageExtractor)"/>
    public Task<IActorRef> StartAsync(
        string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        Task.FromResult(Start(typeName, entityProps, settings, messageExtractor));

    /// <summary>Starts a region that passes messages on to the owners and owns no shards itself, whatever this node's
    /// role.</summary>
    /// <param name="typeName">The type, the same on every node.</param>
    /// <param name="role">The role of the members that own the type's shards; null for
    /// <see cref="ClusterSetup.Coordinator"/>.</param>
    /// <param name="messageExtractor">The same as the owners have.</param>
    /// <returns>The region.</returns>
    public IActorRef StartProxy(string typeName, string? role, IMessageExtractor messageExtractor)
    {
        ArgumentException.ThrowIfNullOrEmpty(typeName);
        ArgumentNullException.ThrowIfNull(messageExtractor);
        return Region(typeName, RegionName(typeName) + ProxySuffix, NoEntities, Settings.WithRole(role),
            messageExtractor, isProxy: true);
    }

    /// <summary>Starts a region that passes messages on to the owners.</summary>
    /// <inheritdoc cref="StartProxy(string, string, IMessageExtractor)"/>
    public Task<IActorRef> StartProxyAsync(string typeName, string? role, IMessageExtractor messageExtractor) =>
        Task.FromResult(StartProxy(typeName, role, messageExtractor));

    /// <summary>The region of a type that was started here, or its proxy where only that was.</summary>
    /// <exception cref="ArgumentException">Neither was started.</exception>
    public IActorRef ShardRegion(string typeName) =>
        Find(RegionName(typeName)) ?? Find(RegionName(typeName) + ProxySuffix)
        ?? throw NotStarted(typeName, nameof(Start));

    /// <summary>The proxy of a type that was started here.</summary>
    /// <exception cref="ArgumentException">It was not started.</exception>
    public IActorRef ShardRegionProxy(string typeName) =>
        Find(RegionName(typeName) + ProxySuffix) ?? throw NotStarted(typeName, nameof(StartProxy));

    /// <summary>The region of a type on any node that may own its shards.</summary>
    internal IActorRef RegionAt(Address node, string typeName) => _cluster.Remoting is { } remoting
        ? remoting.System(node, GuardianName, RegionName(typeName))
        : node == _cluster.SelfAddress ? ShardRegion(typeName) : _cluster.System.DeadLetters;

    /// <summary>A shard begins to act here.</summary>
    internal void Begin(string typeName, string shardId, ShardTerm term) => _terms[(typeName, shardId)] = term;

    /// <summary>A shard acts here no more.</summary>
    internal void End(string typeName, string shardId, ShardTerm term) =>
        _terms.TryRemove(new KeyValuePair<(string, string), ShardTerm>((typeName, shardId), term));

    /// <summary>The epoch in which this node acts for an entity's shard; null where it does not.</summary>
    internal long? EpochOf(string typeName, string entityId) =>
        _regions.TryGetValue(RegionName(typeName), out var started)
        && _terms.TryGetValue((typeName, started.Value.Extractor.ShardId(entityId)), out var term) && term.MayAct()
            ? term.Epoch
            : null;

    private static string RegionName(string typeName) => Uri.EscapeDataString(typeName);

    private static Props NoEntities(string entityId) =>
        throw new InvalidOperationException($"A proxy has no entity [{entityId}].");

    private static ArgumentException NotStarted(string typeName, string how) =>
        new($"The type [{typeName}] has not been started on this node: call {how} first.", nameof(typeName));

    private IActorRef? Find(string name) => _regions.TryGetValue(name, out var started) ? started.Value.Region : null;

    private IActorRef Region(string typeName, string name, Func<string, Props> entityProps,
        ClusterShardingSettings settings,
        IMessageExtractor extractor, bool isProxy) => _regions.GetOrAdd(name, _ => new Lazy<Started>(() =>
        {
            var setup = new ShardRegionSetup(_cluster, this, typeName, entityProps, settings, extractor, isProxy);
            var region = _guardian.Cell.MakeChild(Props.Create(() => new ShardRegion(setup)), name);
            _cluster.Register(region);
            return new Started(typeName, region, extractor, isProxy);
        })).Value.Region;

    private sealed record Started(string TypeName, IActorRef Region, IMessageExtractor Extractor, bool IsProxy);

    private sealed class Extension : ExtensionIdProvider<ClusterSharding>
    {
        public static readonly Extension Instance = new();

        public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
    }
}
