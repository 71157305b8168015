using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>One host: what outlives its processes (disk, kernel, clock, ways to the stores), and the process that runs
/// now.</summary>
internal sealed class Node
{
    private readonly World _world;
    private int _starts;
    private TimeSpan _skew;
    private double _rate = 1;

    public Node(World world, int number)
    {
        _world = world;
        Number = number;
        Name = $"n{number}";
        Address = new Address("akka.tcp", "agent", Name, 7946);
        Ip = IpAddr.Parse($"10.0.0.{11 + number}");
        Disk = new Disk(world, Name)
        {
            AcknowledgesEarly = world.Settings.Defect == Defect.EarlyAcknowledgement,
        };
    }

    public int Number { get; }

    public string Name { get; }

    public Address Address { get; }

    public IpAddr Ip { get; }

    public Disk Disk { get; }

    /// <summary>The way to the datastore's resources.</summary>
    public StoreConditions Store { get; } = new();

    /// <summary>The way to leases and shard records.</summary>
    public StoreConditions Leases { get; } = new();

    /// <summary>The process of the last start.</summary>
    public Process Process { get; private set; } = null!;

    /// <summary>The datastore as that process has it.</summary>
    public SimulatedDatastore Datastore { get; private set; } = null!;

    /// <summary>How many processes there were, the last one included.</summary>
    public int Starts => _starts;

    /// <summary>Starts a process; one that has not ended yet is killed first.</summary>
    public void Start()
    {
        if (Process is { IsDead: false })
            Die(ofHost: false);
        var name = $"{Name}-{++_starts}";
        var clock = _world.Seeded.CreateClock(name, _world.Settings.Defect == Defect.ClockStopsInPause);
        (clock.Skew, clock.Rate) = (_skew, _rate);
        Process = new Process(_world.Seeded, name, clock);
        Datastore = new SimulatedDatastore(_world, this, Process);
        var setup = new RuntimeSetup { Persistence = Disk.Open(Process), LogLevel = LogLevel.WarningLevel, LogSink = Log };
        foreach (var part in _world.Parts)
            setup = part.Set(setup, this);
        Process.Begin(setup);
        foreach (var part in _world.Parts)
            part.Start(this);
    }

    /// <summary>The host goes down: it loses what was not synced, and nobody is told.</summary>
    public void Crash()
    {
        if (!Process.IsDead)
            Die(ofHost: true);
    }

    /// <summary>The process is killed; its kernel keeps what it wrote, and closes its connections.</summary>
    public void Kill()
    {
        if (!Process.IsDead)
            Die(ofHost: false);
    }

    /// <summary>The process is asked to end.</summary>
    public void End()
    {
        var ending = Process;
        if (ending.IsDead)
            return;
        _ = ending.System.Terminate();
        ending.System.WhenTerminated.ContinueWith(
            _ =>
            {
                if (!ending.IsDead)
                    Die(ofHost: false);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void SetStoreAway(bool isAway) => Store.IsAway = Leases.IsAway = isAway;

    public void SetStoreDelay(TimeSpan most) => Store.MaxDelay = most;

    /// <summary>Sets the wall clock.</summary>
    public void Step(TimeSpan skew) => Process.Clock.Skew = _skew = skew;

    /// <summary>Lets the clocks run at another rate.</summary>
    public void Drift(double rate) => Process.Clock.Rate = _rate = rate;

    public override string ToString() => Name;

    private void Die(bool ofHost)
    {
        Process.Kill();
        Datastore.Close();
        _world.Remoting.Leave(Address);
        if (ofHost)
        {
            _world.Bgp.Vanish(Ip);
            Disk.Crash();
        }
        else
        {
            _world.Bgp.Die(Ip);
            Disk.Flush();
        }

        foreach (var part in _world.Parts)
            part.OnDeath(this, ofHost);
    }

    private void Log(LogEntry entry) => _world.Seeded.Note("log",
        $"{Process.Name} {entry.Level} {entry.Source}: {entry.Message}"
        + (entry.Exception is { } cause ? $": {cause.GetType().Name}: {cause.Message}" : ""));
}
