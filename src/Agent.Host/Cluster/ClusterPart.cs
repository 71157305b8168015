using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Agent.Actors.Cluster;
using Agent.Datastore;
using Agent.Host.Settings;
using Agent.Planning.Coordination;
using Agent.Runtime.Hosting;

namespace Agent.Host.Cluster;

/// <summary>This node's part in the cluster on the embedded runtime: the link to other nodes, what the runtime needs of
/// the datastore, and the actors on top.</summary>
/// <remarks>What differs between actor runtimes at the start of a cluster stands here alone.</remarks>
internal sealed class ClusterPart : IDisposable
{
    private readonly AgentSettings _settings;
    private readonly IDatastore _datastore;
    private readonly NodeDirectory _directory = new();
    private readonly PoolEntities _entities;
    private readonly TcpLink _link;
    private readonly Address _address;

    private ClusterPart(AgentSettings settings, IDatastore datastore, NodePresence self)
    {
        (_settings, _datastore, Self) = (settings, datastore, self);
        _entities = new PoolEntities(datastore);
        _address = new Address("akka.tcp", "agent", settings.NodeName, self.Endpoint.Port);
        _link = new TcpLink(new TcpLinkSetup(_address, ListenAt(self.Endpoint), _directory.Find, Messages())
        {
            Cluster = settings.ClusterName,
            Certificates = Certificates(settings),
        });
    }

    /// <summary>What this agent says of itself.</summary>
    public NodePresence Self { get; }

    /// <summary>What the system needs to be a node of the cluster.</summary>
    public ClusterSetup Setup => new(new DatastoreLeases(_datastore.Leases), new DatastoreShardRecords(_datastore))
    {
        Address = _address,
        Link = _link,
        Roles = [ClusterSetup.Coordinator],
        TimeToLive = _settings.LeaseTimeToLive,
        Margin = _settings.LeaseTimeToLive / 3,
        MovesPerMinute = _settings.ShardMovesPerMinute,
        RememberedEntities = _entities,
    };

    /// <summary>Opens the port for other nodes.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="datastore">The cluster's resources and leases.</param>
    /// <param name="agent">Which agent this is: its journal and its machine.</param>
    /// <param name="address">This node's address, where the settings give none for remoting.</param>
    /// <exception cref="StartRefusedException">The port cannot be had, or the certificates cannot be used.</exception>
    public static ClusterPart Open(AgentSettings settings, IDatastore datastore, string agent, IPAddress address)
    {
        var reached = settings.Certificates is null ? IPAddress.Loopback : settings.RemotingAddress ?? address;
        var endpoint = new IPEndPoint(reached, settings.RemotingPort);
        try
        {
            return new ClusterPart(
                settings, datastore, new NodePresence(settings.NodeName, agent, endpoint, settings.Coordinator));
        }
        catch (SocketException error)
        {
            throw new StartRefusedException(
                $"remoting cannot listen on port {settings.RemotingPort}: {error.Message}; stop the program that has "
                + "the port (see 'ss -ltnp'), or set another remotingPort (AGENT_REMOTING_PORT)");
        }
    }

    /// <summary>Starts the cluster's actors.</summary>
    /// <returns>The region of the entities that decide about blocks. Null without certificates: where the owners of
    /// shards cannot be reached, a node decides by itself.</returns>
    public IActorRef? Start(ActorSystem system)
    {
        var time = BootTime.Instance;
        var pools = BlockAffinityRegion.Start(system, new BlockAffinityPorts(_datastore, new Epochs(system), time));
        ClusterActor.Start(system, new ClusterPorts(
            _settings.ClusterName, Self, _settings.Coordinators, _datastore.Leases, _directory, time));
        return _settings.Certificates is null ? null : pools;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _entities.Dispose();
    }

    /// <summary>Every message that nodes send each other; a manifest is never given to another type.</summary>
    internal static RemoteSerializer Messages() => new RemoteSerializer()
        .Add<ClusterProtocol.Leave>("cluster-leave", ClusterJson.Default)
        .Add<ClusterProtocol.Done>("cluster-done", ClusterJson.Default)
        .Add<ClusterProtocol.Refused>("cluster-refused", ClusterJson.Default)
        .Add<BlockProtocol.Next>("block-next", ClusterJson.Default)
        .Add<BlockProtocol.Proposed>("block-proposed", ClusterJson.Default)
        .Add<BlockProtocol.Exhausted>("block-exhausted", ClusterJson.Default)
        .Add<BlockProtocol.Unavailable>("block-unavailable", ClusterJson.Default);

    private static IPEndPoint ListenAt(IPEndPoint reached) => new(
        IPAddress.IsLoopback(reached.Address) ? IPAddress.Loopback
            : reached.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any,
        reached.Port);

    private static RemoteCertificates? Certificates(AgentSettings settings)
    {
        if (settings.Certificates is not { } folder) return null;
        var certificates = new RemoteCertificates(
            Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
        try
        {
            certificates.Require(settings.NodeName);
            return certificates;
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"the certificates in {folder} cannot be used: {error.Message}; make them with 'agentctl cluster "
                + $"certs node {settings.NodeName}'");
        }
    }

    private sealed class Epochs(ActorSystem system) : IShardEpochs
    {
        public long? Of(string typeName, string entityId) => ShardEpochs.Of(system, typeName, entityId);
    }
}
