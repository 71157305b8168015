using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Hosting;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Cluster;

/// <summary>A system as a node of a cluster: joins, leaves, and tells who else is there.</summary>
/// <remarks>Membership stands on leases in a store, <see cref="ClusterSetup"/>; there is no gossip, and no seed nodes:
/// which cluster it is the store says. Members of the API are safe from any thread.</remarks>
public class Cluster : IExtension
{
    internal const string DaemonName = "cluster";

    private readonly ActorSystemImpl _system;
    private readonly IActorRef _daemon;
    private readonly long _origin;
    private volatile Member _self;
    private volatile ClusterEvent.CurrentClusterState _state = new();

    internal Cluster(ActorSystemImpl system)
    {
        _system = system;
        Setup = system.Setup.Cluster ?? throw new InvalidOperationException(
            $"The system [{system.Name}] is no node of a cluster: start it with a {nameof(RuntimeSetup)} that has "
            + $"a {nameof(RuntimeSetup.Cluster)}.");
        Setup.Validate();
        SelfAddress = Setup.Address ?? system.RootPath.Address;
        Tenure = new Tenure(Time);
        _origin = Time.GetTimestamp();
        _self = new Member(new UniqueAddress(SelfAddress, 0), MemberStatus.Removed, Setup.Roles);
        if (Setup.Link is { } link)
            system.Remoting = new Remoting(system, SelfAddress, link);
        _daemon = system.SystemActorOf(Props.Create(() => new ClusterDaemon(this)), DaemonName);
        CoordinatedShutdown.Get(system).AddTask(
            CoordinatedShutdown.PhaseClusterShardingShutdownRegion, "leave-cluster",
            () => _daemon.Ask<Done>(new ClusterMessages.Leave()));
        Remoting?.Start(this);
    }

    /// <summary>Where others reach this node.</summary>
    public Address SelfAddress { get; }

    /// <summary>This node's address with its incarnation; the uid is 0 where it is no member.</summary>
    public UniqueAddress SelfUniqueAddress => _self.UniqueAddress;

    /// <summary>This node as a member, whether or not it is one.</summary>
    public Member SelfMember => _self;

    /// <summary>What this node was started to be.</summary>
    public ImmutableHashSet<string> SelfRoles => Setup.Roles;

    /// <summary>The members as this node last saw them. While the store cannot be reached it stays as it was.</summary>
    public ClusterEvent.CurrentClusterState State => _state;

    /// <summary>The system.</summary>
    public ExtendedActorSystem System => _system;

    /// <summary>Whether this node has been a member and is none any more.</summary>
    public bool IsTerminated => HasLeft && _self.Status is MemberStatus.Removed;

    /// <summary>Whether this node is a member.</summary>
    public bool IsUp => _self.Status is MemberStatus.Up;

    internal ClusterSetup Setup { get; }

    internal TimeProvider Time => _system.Time;

    internal Tenure Tenure { get; }

    internal Remoting? Remoting => _system.Remoting;

    internal ClusterSubscriptions Subscriptions { get; } = new();

    /// <summary>Whether the daemon is to be a member whenever it begins.</summary>
    internal bool WantsMembership { get; set; }

    /// <summary>Whether the node was a member once.</summary>
    internal bool HasLeft { get; private set; }

    /// <summary>This node's monotonic clock.</summary>
    internal TimeSpan Now => Time.GetElapsedTime(_origin);

    /// <summary>The cluster of this system.</summary>
    /// <exception cref="InvalidOperationException">The system was not set up as a node of a cluster.</exception>
    public static Cluster Get(ActorSystem system) => Extension.Instance.Apply(system);

    /// <summary>Makes this node a member; it does not wait until it is. Which cluster that is the store says, whatever
    /// the address.</summary>
    public void Join(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _daemon.Tell(new ClusterMessages.Join(), ActorRefs.NoSender);
    }

    /// <summary>Makes this node a member.</summary>
    /// <returns>Completes when it is up.</returns>
    public Task JoinAsync(Address address, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _daemon.Ask<Done>(new ClusterMessages.Join(), token);
    }

    /// <summary>Has this node hand over its shards and give up its membership. Of another node it cannot be asked from
    /// here.</summary>
    /// <exception cref="ArgumentException">The address is another node's.</exception>
    public void Leave(Address address)
    {
        if (address != SelfAddress)
        {
            throw new ArgumentException(
                $"[{address}] is not this node, [{SelfAddress}]; a node leaves when it is asked to itself, or "
                + "stops renewing its lease.", nameof(address));
        }

        _daemon.Tell(new ClusterMessages.Leave(), ActorRefs.NoSender);
    }

    /// <summary>Has this node hand over its shards and give up its membership.</summary>
    /// <returns>Completes when it has left.</returns>
    public Task LeaveAsync() => LeaveAsync(CancellationToken.None);

    /// <inheritdoc cref="LeaveAsync()"/>
    public Task LeaveAsync(CancellationToken cancellationToken) =>
        _daemon.Ask<Done>(new ClusterMessages.Leave(), cancellationToken);

    /// <summary>From now on the subscriber is told the events of these types, after the state as one
    /// <see cref="ClusterEvent.CurrentClusterState"/>. The subscription ends with the subscriber.</summary>
    public void Subscribe(IActorRef subscriber, params Type[] to) =>
        Subscribe(subscriber, ClusterEvent.InitialStateAsSnapshot, to);

    /// <summary>From now on the subscriber is told the events of these types, after the state in this form.</summary>
    /// <exception cref="ArgumentException">No type is given, or one that is no cluster event.</exception>
    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode,
        params Type[] to)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        if (to is not { Length: > 0 } || to.Any(type => !type.IsAssignableTo(typeof(ClusterEvent.IClusterDomainEvent))))
            throw new ArgumentException("Give one or more types of cluster events.", nameof(to));
        _daemon.Tell(new ClusterMessages.Subscribe(subscriber, initialStateMode, [.. to]), ActorRefs.NoSender);
    }

    /// <summary>Ends all subscriptions of a subscriber.</summary>
    public void Unsubscribe(IActorRef subscriber) =>
        _daemon.Tell(new ClusterMessages.Unsubscribe(subscriber, null), ActorRefs.NoSender);

    /// <summary>Ends a subscriber's subscription to this type.</summary>
    public void Unsubscribe(IActorRef subscriber, Type to)
    {
        ArgumentNullException.ThrowIfNull(to);
        _daemon.Tell(new ClusterMessages.Unsubscribe(subscriber, to), ActorRefs.NoSender);
    }

    /// <summary>Sends the state to an actor, once.</summary>
    public void SendCurrentClusterState(IActorRef receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _daemon.Tell(new ClusterMessages.SendState(receiver), ActorRefs.NoSender);
    }

    /// <summary>Runs the action once, when this node is up; at once where it is.</summary>
    public void RegisterOnMemberUp(Action callback) => RunAt(MemberStatus.Up, callback);

    /// <summary>Runs the action once, when this node has left; at once where it has.</summary>
    public void RegisterOnMemberRemoved(Action callback) => RunAt(MemberStatus.Removed, callback);

    /// <summary>The path of an actor of this node as others must name it.</summary>
    public ActorPath RemotePathOf(IActorRef actorRef)
    {
        ArgumentNullException.ThrowIfNull(actorRef);
        return actorRef.Path.Address.HasGlobalScope
            ? actorRef.Path
            : (new RootActorPath(SelfAddress) / actorRef.Path.Elements).WithUid(actorRef.Path.Uid);
    }

    internal void Register(IActorRef region) =>
        _daemon.Tell(new ClusterMessages.RegisterRegion(region), ActorRefs.NoSender);

    internal void Refresh() => _daemon.Tell(new ClusterMessages.Refresh(), ActorRefs.NoSender);

    internal void Show(Member self, ClusterEvent.CurrentClusterState state)
    {
        HasLeft |= _self.Status is MemberStatus.Up or MemberStatus.Leaving;
        (_self, _state) = (self, state);
    }

    /// <summary>A uid for an incarnation; never 0.</summary>
    internal int NextUid()
    {
        lock (_system.Setup.Random)
            return _system.Setup.Random.Next(1, int.MaxValue);
    }

    /// <summary>Does an operation of a store and gives it up after its time, its outcome unknown.</summary>
    internal async Task<T> Within<T>(Func<Task<T>> operation)
    {
        var task = operation();
        return task.IsCompleted
            ? await task.ConfigureAwait(false)
            : await task.WaitAsync(Setup.OperationTimeout, Time).ConfigureAwait(false);
    }

    private void RunAt(MemberStatus status, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _daemon.Tell(new ClusterMessages.RunAt(status, callback), ActorRefs.NoSender);
    }

    private sealed class Extension : ExtensionIdProvider<Cluster>
    {
        public static readonly Extension Instance = new();

        public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
    }
}
