using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Hosting;

/// <summary>What a system is given by whoever starts it: time, chance, turns and a place for its log.</summary>
public sealed record RuntimeSetup
{
    /// <summary>Real time, by which the scheduler, the timeouts of <c>Ask</c> and the phases of shutdown go. A
    /// <see cref="SeededWorld"/> puts its own in place.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Chance for the runtime's own use. A <see cref="SeededWorld"/> puts its own in place.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>A scheduler in place of the one that goes by <see cref="Time"/>, or null. It is not disposed of by the
    /// system.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>How many messages an actor on the thread pool may handle before others get their turn; at least
    /// 1.</summary>
    public int Throughput { get; init; } = 100;

    /// <summary>The least level of log events that are kept.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.InfoLevel;

    /// <summary>Says of each level and source whether its events are kept, in place of <see cref="LogLevel"/>: for
    /// levels
    /// that change while the system runs. Called on any thread; it must neither block nor throw.</summary>
    public Func<LogLevel, string, bool>? LogFilter { get; init; }

    /// <summary>Takes each log event that is kept, on the thread that logs; null where only the event stream is to have
    /// them. It must neither block nor throw.</summary>
    public Action<LogEntry>? LogSink { get; init; }

    /// <summary>Where persistent actors keep their events and snapshots; null for a system without any.</summary>
    public PersistenceSetup? Persistence { get; init; }

    /// <summary>What makes the system a node of a cluster; null for a system by itself.</summary>
    public ClusterSetup? Cluster { get; init; }
}

/// <summary>One log event.</summary>
/// <param name="Timestamp">When, in the system's time.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Source">The path of the actor, or the name that the logger was made with.</param>
/// <param name="Message">The finished text.</param>
/// <param name="Exception">What was thrown, where something was.</param>
public readonly record struct LogEntry(
    DateTimeOffset Timestamp, LogLevel Level, string Source, string Message, Exception? Exception);
