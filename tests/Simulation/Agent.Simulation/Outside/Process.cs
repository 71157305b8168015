using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>One life of a node's process: whatever reaches it from outside comes in here, at once, when it goes on, or
/// never.</summary>
/// <remarks>A paused process is one that SIGSTOP or a long collection of garbage holds: no actor has a turn, no timer
/// fires, no answer is read; all of it happens when the process goes on. A killed one leaves no trace of itself but
/// what it sent before.</remarks>
public sealed class Process(SeededWorld world, string name, WorldClock clock)
{
    private readonly Queue<Action> _arrived = new();

    /// <summary>The node and the number of the start, such as <c>n3-2</c>.</summary>
    public string Name => name;

    /// <summary>The time that the process reads.</summary>
    public WorldClock Clock => clock;

    /// <summary>The actors, once <see cref="Begin"/> was called.</summary>
    public ActorSystem System { get; private set; } = null!;

    /// <summary>Whether it was killed, or has ended.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Whether it stands still.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Whether it takes part in the world now.</summary>
    public bool IsRunning => !IsDead && !IsPaused;

    /// <summary>Starts the actors.</summary>
    public void Begin(RuntimeSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        System = world.CreateSystem(name, setup with { Time = clock });
    }

    /// <summary>Something from outside reaches the process.</summary>
    public void Enter(Action what)
    {
        ArgumentNullException.ThrowIfNull(what);
        if (IsDead)
            return;
        if (IsPaused)
            _arrived.Enqueue(what);
        else
            what();
    }

    /// <summary>Lets the process stand still.</summary>
    public void Pause()
    {
        if (IsDead || IsPaused)
            return;
        IsPaused = true;
        world.Pause(System);
    }

    /// <summary>Lets it go on: what waited happens now.</summary>
    public void Resume()
    {
        if (IsDead || !IsPaused)
            return;
        IsPaused = false;
        world.Resume(System);
        while (_arrived.TryDequeue(out var what))
            what();
    }

    /// <summary>Ends the process between two turns.</summary>
    public void Kill()
    {
        IsDead = true;
        _arrived.Clear();
        world.Kill(System);
    }
}
