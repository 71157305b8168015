using Agent.Runtime.Actor;
using Agent.Runtime.TestKit;

namespace Agent.Runtime.Hosting;

/// <summary>Systems for tests, to be given to a test kit.</summary>
public static class TestSystem
{
    /// <summary>A system with this journal and snapshot store, or with empty ones in memory.</summary>
    public static ActorSystem WithPersistence(PersistenceSetup? persistence = null) =>
        RuntimeSystem.Create("test", new RuntimeSetup { Persistence = persistence ?? PersistenceSetup.InMemory() });

    /// <summary>A system whose scheduler is a <see cref="TestScheduler"/>, with this set-up otherwise. The scheduler's
    /// time begins with the year 2000.</summary>
    public static ActorSystem WithVirtualTime(RuntimeSetup? setup = null) => RuntimeSystem.Create(
        "test", (setup ?? new RuntimeSetup()) with
        {
            Scheduler =
            new TestScheduler(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero))
        });
}
