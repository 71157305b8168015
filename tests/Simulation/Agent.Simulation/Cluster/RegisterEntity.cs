using Agent.Datastore;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

/// <summary>A register: writes what it is told into the store with the epoch of its shard, and answers. Now and then it
/// asks to be passivated.</summary>
internal sealed class RegisterEntity : ReceiveActor, IWithTimers
{
    private const int MostRounds = 20;
    private const int PutsOfALife = 40;

    private readonly string _id;
    private readonly ClusterPart _part;
    private readonly Node _node;
    private readonly StoreConnection _store;
    private readonly string _process;
    private int _puts;

    public RegisterEntity(string id, ClusterPart part, Node node, StoreConnection store)
    {
        (_id, _part, _node, _store, _process) = (id, part, node, store, node.Process.Name);
        Receive<Beat>(_ => _part.Acts(_node, _id));
        Receive<RegisterProtocol.Put>(OnPut);
        Receive<Outcome>(outcome => outcome.Client.Tell(outcome.Answer, Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() =>
        Timers.StartPeriodicTimer("beat", new Beat(), TimeSpan.FromMilliseconds(500));

    private void OnPut(RegisterProtocol.Put put)
    {
        var client = Sender;
        if (_part.Acts(_node, _id) is not { } epoch)
            return;
        if (_part.IsSilentAbout(put.Attempt))
            return;
        WriteAsync(put, epoch).PipeTo(Self, Self, answer => new Outcome(client, answer),
            cause => new Outcome(client, new RegisterProtocol.Refused(_id, put.Attempt, cause.Message)));
        if (++_puts == PutsOfALife)
            Context.Parent.Tell(new Passivate(PoisonPill.Instance), Self);
    }

    private async Task<object> WriteAsync(RegisterProtocol.Put put, long epoch)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var found = await _store.CallAsync(() => _part.Registers.Read(_id));
            if (found.Epoch > epoch && !_part.WritesBlindly)
                return new RegisterProtocol.Refused(_id, put.Attempt, "another epoch has begun");
            var last = Math.Max(put.Number, found.Last.GetValueOrDefault(put.Client));
            var written = found with { Epoch = epoch, Last = found.Last.SetItem(put.Client, last) };
            if (await _store.CallAsync(() => _part.Registers.TryWrite(_id, written, _process)))
                return new RegisterProtocol.Stored(_id, put.Client, put.Number, put.Attempt);
        }

        throw new DatastoreUnavailableException("too many others write this register");
    }

    internal sealed record Outcome(IActorRef Client, object Answer);

    private sealed record Beat;
}
