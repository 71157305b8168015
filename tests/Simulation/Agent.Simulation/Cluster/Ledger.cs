namespace Agent.Simulation.Cluster;

/// <summary>A persistent actor that counts: what it has acknowledged has to be there after any crash, once and without a
/// hole.</summary>
internal sealed class Ledger : ReceivePersistentActor, IWithTimers
{
    private const int SnapshotEvery = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private long _last;

    public Ledger(string node, ClusterPart part)
    {
        PersistenceId = "ledger-" + node;
        Recover<SnapshotOffer>(offer => _last = (long)offer.Snapshot);
        Recover<Counted>(counted => Take(counted, part, node));
        Recover<RecoveryCompleted>(_ => part.Recovered(node, _last));
        Command<Turn>(_ => Persist(new Counted(_last + 1), counted =>
        {
            Take(counted, part, node);
            part.LedgerAcknowledged(node, counted.Number);
            if (counted.Number % SnapshotEvery == 0)
                SaveSnapshot(_last);
        }));
        Command<SaveSnapshotSuccess>(saved => DeleteMessages(saved.Metadata.SequenceNr));
        CommandAny(_ => { });
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        base.PreStart();
        Timers.StartPeriodicTimer("turn", new Turn(), Interval);
    }

    private void Take(Counted counted, ClusterPart part, string node)
    {
        if (counted.Number != _last + 1)
            part.LedgerBroken(node, _last, counted.Number);
        _last = counted.Number;
    }

    private sealed record Turn;

    internal sealed record Counted(long Number);
}
