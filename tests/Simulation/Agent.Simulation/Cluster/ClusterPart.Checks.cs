using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

internal sealed partial class ClusterPart
{
    private const string OneOwner = "at most one owner of a shard acts within a valid lease";
    private const string Durable = "no acknowledged event is lost";
    private static readonly TimeSpan MostForAnswer = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (long Epoch, string Process)> _lastActs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, (TimeSpan At, string Process)> _attempts = [];
    private readonly Dictionary<string, long> _acknowledged = new(StringComparer.Ordinal);
    private long _attempt;

    /// <summary>An entity acts: it must have the right to, in an epoch that is not behind another's.</summary>
    /// <returns>The epoch.</returns>
    public long? Acts(Node node, string id)
    {
        var process = node.Process;
        if (ShardEpochs.Of(process.System, RegisterProtocol.TypeName, id) is not { } epoch)
        {
            _world.Fail(OneOwner, $"{id} acts on {process.Name}, which may not act for its shard");
            return null;
        }

        var last = _lastActs.GetValueOrDefault(id);
        _world.Require(epoch >= last.Epoch, OneOwner,
            () => $"{id} acts on {process.Name} in epoch {epoch} after it acted on {last.Process} in epoch {last.Epoch}");
        _world.Require(epoch != last.Epoch || last.Process == process.Name, OneOwner,
            () => $"{id} acts on {process.Name} and on {last.Process} in epoch {epoch}");
        _lastActs[id] = (epoch, process.Name);
        return epoch;
    }

    public void OnTurnEnded(Node node, ActorPath actor)
    {
        // Only turns of these two can give a node the right to act.
        if (actor.Depth is not (2 or 3) || actor.Parent.Name is not ("system" or "sharding"))
            return;
        foreach (var id in Ids)
        {
            if (!MayAct(node, id))
                continue;
            foreach (var other in _world.Nodes)
            {
                if (other != node && MayAct(other, id))
                    _world.Fail(OneOwner, $"{node.Process.Name} and {other.Process.Name} both may act for {id}");
            }
        }
    }

    public void OnDeath(Node node, bool ofHost)
    {
        var dead = node.Process.Name;
        foreach (var attempt in _attempts.Where(attempt => attempt.Value.Process == dead).ToList())
            _attempts.Remove(attempt.Key);
    }

    /// <summary>A client sends a message.</summary>
    /// <returns>Its number.</returns>
    public long Sent(string process)
    {
        _attempts.Add(++_attempt, (Elapsed, process));
        return _attempt;
    }

    /// <summary>A message was answered, or reported as a dead letter.</summary>
    public void Answered(long attempt) => _attempts.Remove(attempt);

    /// <summary>A client was told that its number is stored: it must be.</summary>
    public void Acknowledged(RegisterProtocol.Stored stored) => _world.Require(
        Registers.Read(stored.Id).Last.GetValueOrDefault(stored.Client) >= stored.Number, Durable,
        () => $"{stored.Client} was told that {stored.Id} holds its number {stored.Number}, which it does not");

    public void LedgerAcknowledged(string node, long number) => _acknowledged[node] = number;

    public void LedgerBroken(string node, long last, long next) =>
        _world.Fail(Durable, $"the ledger of {node} goes from {last} to {next}");

    public void Recovered(string node, long last) => _world.Require(
        last >= _acknowledged.GetValueOrDefault(node), Durable,
        () => $"the ledger of {node} ends at {last} after {_acknowledged[node]} was acknowledged");

    public void CheckSettled(TimeSpan settled)
    {
        CheckMembers();
        foreach (var id in Ids)
        {
            var owners = _world.Nodes.Where(node => MayAct(node, id)).Select(node => node.Process.Name).ToList();
            _world.Require(owners.Count == 1, "every shard has one owner",
                () => $"{id} has {(owners.Count == 0 ? "none" : string.Join(" and ", owners))}");
        }

        foreach (var (number, (at, process)) in _attempts)
        {
            _world.Require(at < settled || at > Elapsed - MostForAnswer,
                "every message to a living entity is answered or reported",
                () => $"message {number} that {process} sent at {at} is neither");
        }
    }

    private void CheckMembers()
    {
        var members = _world.Nodes.Select(Cluster).Where(cluster => cluster.IsUp)
            .Select(cluster => cluster.SelfUniqueAddress.ToString()).Order(StringComparer.Ordinal).ToList();
        _world.Require(members.Count == _coordinators, "as many nodes coordinate as are to",
            () => $"{_coordinators} are to; the members are {string.Join(", ", members)}");
        var expected = string.Join(", ", members);
        foreach (var node in _world.Nodes)
        {
            var seen = string.Join(", ", Cluster(node).State.Members
                .Where(member => member.Status == MemberStatus.Up)
                .Select(member => member.UniqueAddress.ToString()).Order(StringComparer.Ordinal));
            _world.Require(seen == expected, "all have one view of the members",
                () => $"{node.Process.Name} sees {seen}; the members are {expected}");
        }
    }

    private static ActorCluster Cluster(Node node) =>
        ActorCluster.Get(node.Process.System);

    private static bool MayAct(Node node, string id) =>
        node.Process is { IsRunning: true } && ShardEpochs.Of(node.Process.System, RegisterProtocol.TypeName, id) is not null;
}
