namespace Agent.Datastore.Sqlite;

/// <summary>How a process opens the cluster file.</summary>
public sealed record SqliteDatastoreOptions
{
    /// <summary>True makes the file when there is none, as the agent does; false refuses, as agentctl does.</summary>
    public bool CreateIfMissing { get; init; }

    /// <summary>The cluster whose file it must be; a file of another cluster is
    /// refused. Null takes the file as it is.</summary>
    public string? ClusterName { get; init; }

    /// <summary>How long an operation waits for other processes that write;
    /// whole seconds are best. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many changes the file remembers for watches that start in
    /// the past; at least 1. Default 20,000.</summary>
    public int HistoryLimit { get; init; } = 20_000;

    /// <summary>How soon a change made by another process is looked for while
    /// there is traffic. Default 20 ms.</summary>
    public TimeSpan ShortestPoll { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the pause between two looks may grow while nothing changes. Default 250 ms.</summary>
    public TimeSpan LongestPoll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gives the creation times of resources.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The upgrades of the tables that a later release has, so that a test can upgrade to it.</summary>
    internal IReadOnlyList<string> LaterUpgrades { get; init; } = [];
}
