using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Actors.Resources;
using Agent.Datastore;
using Agent.Ipam;
using Agent.Planning;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Actors.Cluster;

/// <summary>The sharded entity of one pool: decides which block a node gets next, so that nodes neither race for the
/// same one nor list all blocks to find one.</summary>
/// <remarks>
/// It knows pools, reservations, blocks and the nodes' racks by watching them, and keeps what it has proposed in mind
/// until the claim shows or <see cref="ProposalLife"/> is over. The choice is <see cref="RackBlocks"/>'s. It writes
/// nothing: were two such entities ever to decide at once, the nodes' compare-and-swap would keep the blocks apart.
/// </remarks>
public sealed class BlockAffinityActor : UntypedActor
{
    /// <summary>For how long a proposed block is proposed to nobody else.</summary>
    public static readonly TimeSpan ProposalLife = TimeSpan.FromSeconds(30);

    private static readonly ResourceKind[] Watched =
        [Kinds.IPPool, Kinds.IPReservation, Kinds.IPAMBlock, Kinds.Node, Kinds.KubeNode];

    private readonly string _pool;
    private readonly BlockAffinityPorts _ports;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _origin;
    private readonly SortedSet<ResourceKind> _missing = [.. Watched];
    private readonly Queue<(BlockProtocol.Next Question, IActorRef Asker)> _waiting = new();
    private readonly SortedDictionary<IpPrefix, string> _owners = [];
    private readonly SortedDictionary<IpPrefix, Proposal> _proposals = [];
    private ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private AddressSet _reserved = AddressSet.Empty;

    /// <summary>The entity of a pool.</summary>
    public BlockAffinityActor(string pool, BlockAffinityPorts ports) =>
        (_pool, _ports, _origin) = (pool, ports, ports.Time.GetTimestamp());

    private TimeSpan Now => _ports.Time.GetElapsedTime(_origin);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        foreach (var kind in Watched)
            Context.ActorOf(KindWatchActor.For(_ports.Datastore, kind, Self), kind.ToString().Replace('/', ':'));
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BlockProtocol.Next next when _missing.Count > 0: _waiting.Enqueue((next, Sender)); break;
            case BlockProtocol.Next next: Answer(next, Sender); break;
            case ResourceProtocol.Listed listed: OnListed(listed); break;
            case ResourceProtocol.Changed changed: OnChanged(changed); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnListed(ResourceProtocol.Listed listed)
    {
        if (listed.Kind == Kinds.IPAMBlock)
        {
            _owners.Clear();
            foreach (var resource in listed.Items) Own(resource);
        }
        else
        {
            foreach (var gone in _snapshot.Keys(listed.Kind).Except(listed.Items.Select(item => item.Key)))
                _snapshot = _snapshot.Remove(gone);
            foreach (var resource in listed.Items) _snapshot = _snapshot.Put(resource);
            Reserve();
        }

        if (!_missing.Remove(listed.Kind) || _missing.Count > 0) return;
        while (_waiting.TryDequeue(out var waiting)) Answer(waiting.Question, waiting.Asker);
    }

    private void OnChanged(ResourceProtocol.Changed changed)
    {
        foreach (var happened in changed.Events)
        {
            if (changed.Kind == Kinds.IPAMBlock)
            {
                if (happened is WatchEvent.Put(var put)) Own(put);
                else if (happened is WatchEvent.Deleted(var gone) && Read(gone) is { } block)
                    _owners.Remove(block.Cidr);
            }
            else if (happened is WatchEvent.Put(var resource))
            {
                _snapshot = _snapshot.Put(resource);
            }
            else if (happened is WatchEvent.Deleted(var last))
            {
                _snapshot = _snapshot.Remove(last.Key);
            }
        }

        if (changed.Kind == Kinds.IPReservation) Reserve();
    }

    private void Own(Resource resource)
    {
        if (Read(resource) is not { } block) return;
        _proposals.Remove(block.Cidr);
        if (block.Deleted) _owners.Remove(block.Cidr);
        else _owners[block.Cidr] = block.Affinity is ['h', 'o', 's', 't', ':', .. var node] ? node : "";
    }

    private IpamBlock? Read(Resource resource)
    {
        try
        {
            return IpamBlock.From(resource);
        }
        catch (ResourceFormatException error)
        {
            _log.Warning("a block of which the owner cannot be read is left alone: {0}", error.Message);
            return null;
        }
    }

    private void Reserve() => _reserved =
        new AddressSet(_snapshot.Reservations.Values.SelectMany(reservation => reservation.Ranges()));

    private void Answer(BlockProtocol.Next question, IActorRef asker)
    {
        asker.Tell(
            _ports.Epochs.Of(BlockAffinityRegion.TypeName, _pool) is { } epoch
                ? Decide(question, epoch)
                : new BlockProtocol.Unavailable("its owner may not act: its lease is not renewed in time"), Self);
    }

    private object Decide(BlockProtocol.Next question, long epoch)
    {
        if (!_snapshot.Pools.TryGetValue(_pool, out var resource))
            return new BlockProtocol.Unavailable($"there is no IPPool {_pool}");
        Forget(question);
        if (_proposals.FirstOrDefault(each => each.Value.Request == question.Request) is { Value: not null } same)
            return new BlockProtocol.Proposed(same.Key, epoch);
        var taken = new SortedDictionary<IpPrefix, string>();
        foreach (var (block, node) in _owners) taken[block] = RackOf(node);
        foreach (var (block, proposal) in _proposals) taken[block] = RackOf(proposal.Node);
        foreach (var block in question.Except) taken.TryAdd(block, RackBlocks.NoRack);
        var pool = new Pool { Name = _pool, Cidr = resource.Cidr, BlockSize = resource.BlockSize };
        if (RackBlocks.Next(pool, _reserved, taken, RackOf(question.Node)) is not { } next)
            return new BlockProtocol.Exhausted();
        _proposals.Add(next, new Proposal(question.Node, question.Request, Now));
        return new BlockProtocol.Proposed(next, epoch);
    }

    /// <summary>What was proposed too long ago, or could not be had.</summary>
    private void Forget(BlockProtocol.Next question)
    {
        IpPrefix[] over =
        [
            .. _proposals.Where(each => Now - each.Value.At >= ProposalLife || question.Except.Contains(each.Key))
                .Select(each => each.Key),
        ];
        foreach (var block in over) _proposals.Remove(block);
    }

    private string RackOf(string node) =>
        _snapshot.Nodes.TryGetValue(node, out var known) ? RackBlocks.RackOf(known.Labels) : RackBlocks.NoRack;

    private BlockAffinityDescription Description() => new(
        _pool, _missing.Count == 0, _owners.Keys.Count(block => _snapshot.Pools.TryGetValue(_pool, out var pool)
            && pool.Cidr.Contains(block)),
        [.. _proposals.Select(each => $"{each.Key} to {each.Value.Node}")]);

    private sealed record Proposal(string Node, string Request, TimeSpan At);
}

/// <summary>The answer of a pool's entity to <c>Describe</c>.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Ready">Whether everything that decisions need is known.</param>
/// <param name="Taken">How many blocks of the pool have an owner.</param>
/// <param name="Proposed">What was proposed and not claimed yet.</param>
public sealed record BlockAffinityDescription(
    string Pool, bool Ready, int Taken, ImmutableArray<string> Proposed);
