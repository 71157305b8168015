namespace Agent.Simulation.Cluster;

/// <summary>Puts numbers into registers by way of its node's region, one after the other in each, and repeats what is
/// not answered.</summary>
internal sealed class RegisterClient : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Random _random;
    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);

    public RegisterClient(string name, IActorRef region, ClusterPart part, Random random)
    {
        _random = random;
        Receive<Turn>(_ =>
        {
            var id = part.Ids[_random.Next(part.Ids.Length)];
            if (!_pending.TryGetValue(id, out var pending))
                _pending[id] = pending = new Pending();
            if (pending.IsStored)
                (pending.Number, pending.IsStored) = (pending.Number + 1, false);
            else if (part.Elapsed - pending.Sent < Patience)
                return;
            pending.Sent = part.Elapsed;
            region.Tell(new RegisterProtocol.Put(id, name, pending.Number, part.Sent(name)), Self);
        });
        Receive<RegisterProtocol.Stored>(stored =>
        {
            part.Answered(stored.Attempt);
            part.Acknowledged(stored);
            if (_pending[stored.Id].Number == stored.Number)
                _pending[stored.Id].IsStored = true;
        });
        Receive<RegisterProtocol.Refused>(refused => part.Answered(refused.Attempt));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("turn", new Turn(), Interval);

    private sealed class Pending
    {
        public long Number { get; set; }

        public bool IsStored { get; set; } = true;

        public TimeSpan Sent { get; set; }
    }

    private sealed record Turn;
}

/// <summary>Notes the messages of clients that became dead letters: they count as reported.</summary>
internal sealed class DeadLetterNotes : ReceiveActor
{
    public DeadLetterNotes(ClusterPart part) => Receive<DeadLetter>(letter => part.Lost(letter.Message));
}
