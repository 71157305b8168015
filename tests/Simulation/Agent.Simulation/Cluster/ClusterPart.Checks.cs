using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

internal sealed partial class ClusterPart
{
    private const string Durable = "no acknowledged event is lost";
    private static readonly TimeSpan MostForAnswer = TimeSpan.FromSeconds(5);

    // When each was sent, and the process that has it, or had it last.
    private readonly SortedDictionary<long, (TimeSpan At, string Process)> _attempts = [];
    private readonly Dictionary<string, long> _acknowledged = new(StringComparer.Ordinal);
    private long _attempt;

    /// <summary>A register acts.</summary>
    /// <returns>The epoch in which it may; null where it may not.</returns>
    public long? Acts(Node node, string id)
    {
        var epoch = ShardEpochs.Of(node.Process.System, RegisterProtocol.TypeName, id);
        _owners.Acts(node.Process, id, epoch);
        return epoch;
    }

    public void OnTurnEnded(Node node, ActorPath actor) => _owners.OnTurnEnded(node, actor);

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

    /// <summary>A message was answered, or it is known what became of it.</summary>
    public void Answered(long attempt) => _attempts.Remove(attempt);

    /// <summary>A message, or its answer, is known to be lost: as a dead letter, or by a fault of the network.</summary>
    public void Lost(object message)
    {
        if (AttemptOf(message) is { } attempt)
            Answered(attempt);
    }

    /// <summary>A message, or its answer, has come to another node: it dies with the process there.</summary>
    private void Arrived(Address at, object message)
    {
        if (AttemptOf(message) is { } attempt && _attempts.TryGetValue(attempt, out var sent))
            _attempts[attempt] = (sent.At, _world.Nodes.First(node => node.Address == at).Process.Name);
    }

    private static long? AttemptOf(object message) => message switch
    {
        RegisterProtocol.Put put => put.Attempt,
        RegisterProtocol.Stored stored => stored.Attempt,
        RegisterProtocol.Refused refused => refused.Attempt,
        RegisterEntity.Outcome outcome => AttemptOf(outcome.Answer),
        _ => null,
    };

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

    public void CheckSettled()
    {
        CheckMembers();
        _owners.CheckSettled();
        foreach (var (number, (at, process)) in _attempts)
        {
            _world.Require(at > Elapsed - MostForAnswer, "every message to a living entity is answered or reported",
                () => $"message {number}, sent at {at} and seen last on {process}, is neither");
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
}
