using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Hosting;

/// <summary>A simulation: the actors of any number of systems run on the calling thread, in virtual time, one message
/// at a time, the next actor chosen at random from the seed. The same seed takes the same interleaving in every
/// process.</summary>
/// <remarks>
/// All input comes from the thread that made the world: a Tell from another thread throws. Ports that actors pipe from
/// complete on that thread too, at once or by timers of <see cref="Time"/>. Messages between two actors keep their
/// order; everything else may interleave. Never block on a task of the world: run the world until it is complete.
/// </remarks>
public sealed class SeededWorld
{
    private const ulong FnvPrime = 1099511628211;

    private readonly int _seed;
    private readonly int _owner = Environment.CurrentManagedThreadId;
    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<Mailbox> _runnable = [];
    private readonly Dictionary<ActorSystem, List<Mailbox>> _paused = [];
    private readonly HashSet<ActorSystem> _killed = [];
    private readonly Dictionary<Type, ulong> _typeHashes = [];
    private readonly Turns _turns;
    private readonly Action _takeTurn;
    private readonly Action _fireNext;
    private Mailbox? _turn;
    private ulong _chance;
    private bool _running;

    /// <summary>A world without systems, at 2026-01-01T00:00:00Z.</summary>
    public SeededWorld(int seed)
    {
        _seed = seed;
        _chance = unchecked((ulong)seed);
        _turns = new Turns(this);
        _takeTurn = () => _turn!.Execute();
        _fireNext = _time.FireNext;
    }

    /// <summary>The world's clock and timers.</summary>
    public TimeProvider Time => _time;

    /// <summary>How much virtual time has passed.</summary>
    public TimeSpan Elapsed => _time.Elapsed;

    /// <summary>How many messages have been delivered to actors.</summary>
    public long Deliveries { get; private set; }

    /// <summary>A hash of everything so far: each delivery (when, to whom, and the type of the message), the timers of
    /// nodes' clocks, and what was noted. Equal traces mean equal runs.</summary>
    public ulong Trace { get; private set; } = 14695981039346656037;

    /// <summary>Sees what happens; null for nobody.</summary>
    public IWorldObserver? Observer { get; set; }

    /// <summary>Whether no actor has anything to do before time moves.</summary>
    public bool IsIdle => _runnable.Count == 0;

    /// <summary>Starts a system in this world. Chance and turns are the world's, whatever the setup says; so is time,
    /// unless the setup has a clock of <see cref="CreateClock"/>.</summary>
    /// <exception cref="ArgumentException">The name is not a system's.</exception>
    public ActorSystem CreateSystem(string name, RuntimeSetup? setup = null)
    {
        Own();
        setup ??= new RuntimeSetup();
        TimeProvider time = setup.Time is WorldClock clock && clock.World == this ? clock : _time;
        return new ActorSystemImpl(name, setup with { Time = time, Random = CreateRandom(name) }, _turns);
    }

    /// <summary>A clock of a node's own, right at first.</summary>
    /// <param name="name">Whose clock it is.</param>
    /// <param name="stopsInPause">See <see cref="WorldClock.StopsInPause"/>.</param>
    public WorldClock CreateClock(string name, bool stopsInPause = false) =>
        new(this, _time, name) { StopsInPause = stopsInPause };

    /// <summary>Chance of a name's own, the same for the same seed whatever else happens.</summary>
    public Random CreateRandom(string name) => new(unchecked((int)Mix((ulong)_seed ^ Hash(name))));

    /// <summary>Stops a system as a stopped process would be: its actors get no turns and the timers of its own clock
    /// wait, while time goes on and messages for them gather.</summary>
    public void Pause(ActorSystem system)
    {
        Own();
        ArgumentNullException.ThrowIfNull(system);
        if (_paused.ContainsKey(system) || _killed.Contains(system))
            return;
        ClockOf(system)?.Pause();
        _paused.Add(system, [.. _runnable.Where(m => m.Cell.System == system)]);
        _runnable.RemoveAll(m => m.Cell.System == system);
    }

    /// <summary>Lets a paused system go on.</summary>
    public void Resume(ActorSystem system)
    {
        Own();
        ArgumentNullException.ThrowIfNull(system);
        if (!_paused.Remove(system, out var waiting))
            return;
        _runnable.AddRange(waiting);
        if (ClockOf(system) is not { } clock)
            return;
        if (_running)
            clock.Resume();
        else
            Run(clock.Resume);
    }

    /// <summary>Ends a system as a killed process ends: its actors get no turn any more, and the timers of its own
    /// clock never fire.</summary>
    public void Kill(ActorSystem system)
    {
        Own();
        ArgumentNullException.ThrowIfNull(system);
        _killed.Add(system);
        _paused.Remove(system);
        _runnable.RemoveAll(m => m.Cell.System == system);
        ClockOf(system)?.Kill();
    }

    /// <summary>Puts down something that happened outside the actors, such as a fault or a write: it is part of
    /// <see cref="Trace"/>.</summary>
    /// <param name="kind">What kind of thing, in a word.</param>
    /// <param name="what">What it was, in one line.</param>
    public void Note(string kind, string what)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(what);
        Trace = Fold(Fold(Trace, (ulong)_time.Elapsed.Ticks), Hash(kind) ^ Mix(Hash(what)));
        Observer?.OnNote(kind, what);
    }

    /// <summary>Does something after a while, on the world's thread. It is nobody's timer: no pause holds it.</summary>
    public void After(TimeSpan delay, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _time.Post(delay, action);
    }

    /// <summary>Lets everything happen that is to happen now; time stands still.</summary>
    public void RunUntilIdle()
    {
        while (Step())
        {
        }
    }

    /// <summary>Moves time forward; whatever falls due on the way happens, and what follows from it.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        RunUntil(() => false, by);
    }

    /// <summary>Runs until the condition holds, moving time as needed.</summary>
    /// <param name="condition">Looked at after every turn.</param>
    /// <param name="maxVirtual">How far time may move.</param>
    /// <returns>False where the condition does not hold by then; time has then moved that far.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan maxVirtual)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var end = Elapsed + maxVirtual;
        while (!condition())
        {
            if (Step())
                continue;
            if (_time.NextDue is not { } due || due > end)
            {
                _time.MoveTo(end);
                return condition();
            }

            Run(_fireNext);
        }

        return true;
    }

    /// <summary>Gives one actor, chosen by chance, one turn; false where none has anything to do.</summary>
    public bool Step()
    {
        Own();
        if (_runnable.Count == 0)
            return false;
        _chance = unchecked(_chance + 0x9E3779B97F4A7C15);
        var chosen = (int)(Mix(_chance) % (ulong)_runnable.Count);
        var mailbox = _runnable[chosen];
        _runnable[chosen] = _runnable[^1];
        _runnable.RemoveAt(_runnable.Count - 1);
        Run(mailbox);
        Observer?.OnTurnEnded(mailbox.Cell.System, mailbox.Cell.Self.Path);
        return true;
    }

    internal void RecordTimer(string clock)
    {
        Trace = Fold(Fold(Trace, (ulong)_time.Elapsed.Ticks), Hash(clock));
        Observer?.OnTimer(clock);
    }

    private static WorldClock? ClockOf(ActorSystem system) => ((ActorSystemImpl)system).Time as WorldClock;

    private void Run(Mailbox mailbox)
    {
        _turn = mailbox;
        Run(_takeTurn);
    }

    // Continuations of tasks that complete in here run in here: no foreign context is to carry them away.
    private void Run(Action turn)
    {
        if (_running)
            throw new InvalidOperationException("The world is running: an actor cannot run it.");
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _running = true;
        try
        {
            turn();
        }
        finally
        {
            _running = false;
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Own()
    {
        if (Environment.CurrentManagedThreadId != _owner)
        {
            throw new InvalidOperationException(
                "A seeded world belongs to the thread that made it. A message or a task's continuation came from "
                + "another thread: "
                + "let ports complete on the world's thread, at once or by timers of its Time.");
        }
    }

    private void Record(Mailbox mailbox, in Envelope envelope)
    {
        Deliveries++;
        var type = envelope.Message.GetType();
        if (!_typeHashes.TryGetValue(type, out var hash))
            _typeHashes[type] = hash = Hash(type.FullName ?? type.Name);
        var path = mailbox.Cell.Self.Path;
        Trace = Fold(Fold(Fold(Trace, (ulong)_time.Elapsed.Ticks),
            Hash(path.Address.System) ^ Hash(path.ToStringWithoutAddress())), hash);
        Observer?.OnDelivery(mailbox.Cell.System, path, envelope.Message, envelope.Sender);
    }

    private static ulong Fold(ulong trace, ulong value) => unchecked((trace ^ Mix(value)) * FnvPrime);

    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
            hash = unchecked((hash ^ c) * FnvPrime);
        return hash;
    }

    // The finalizer of SplitMix64.
    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    private sealed class Turns(SeededWorld world) : Dispatcher
    {
        public override int Throughput => 1;

        public override TaskCreationOptions TaskOptions => TaskCreationOptions.None;

        public override void Schedule(Mailbox mailbox, bool again)
        {
            world.Own();
            var system = mailbox.Cell.System;
            if (world._paused.Count > 0 && world._paused.TryGetValue(system, out var waiting))
                waiting.Add(mailbox);
            else if (world._killed.Count == 0 || !world._killed.Contains(system))
                world._runnable.Add(mailbox);
        }

        public override void OnDelivery(Mailbox mailbox, in Envelope envelope) => world.Record(mailbox, envelope);
    }
}
