namespace Agent.Datastore.PostgreSql;

/// <summary>How a process opens the cluster's schema.</summary>
public sealed record PostgresDatastoreOptions
{
    /// <summary>True makes the tables when there are none, as the agent does; false refuses, as agentctl
    /// does.</summary>
    public bool CreateIfMissing { get; init; }

    /// <summary>The cluster whose schema it must be; one of another cluster is refused. Null takes the schema as it
    /// is.</summary>
    public string? ClusterName { get; init; }

    /// <summary>How long an operation waits for others that write. Default 5 s.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many changes are remembered for watches that start in the past, or whose connection was
    /// lost; at least 1. Default 100,000.</summary>
    public int HistoryLimit { get; init; } = 100_000;

    /// <summary>The most connections at a time, beside the one that listens. Default 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>How long the pause between two attempts to follow the changes again may grow. Default 2 s.</summary>
    public TimeSpan LongestReconnectPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gives the creation times of resources, and the pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The upgrades of the tables that a later release has, so that a test can upgrade to it.</summary>
    internal IReadOnlyList<string> LaterUpgrades { get; init; } = [];
}
