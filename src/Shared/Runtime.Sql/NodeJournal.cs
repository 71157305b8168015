using Agent.Runtime.Hosting;
using Microsoft.Data.Sqlite;

namespace Agent.Runtime.Sql;

/// <summary>How to open a node's journal.</summary>
/// <param name="Path">The file, on a local disk; its directory must exist.</param>
/// <param name="Serializer">Knows the manifests of every event and snapshot.</param>
public sealed record NodeJournalSettings(string Path, IEventSerializer Serializer)
{
    /// <summary>The identity of a file that is created. Null: a missing file is an error and nothing is
    /// created.</summary>
    public JournalIdentity? CreateAs { get; init; }

    /// <summary>The clock that stamps events.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A node's journal file, open for writing: the events and the snapshots of its persistent actors.</summary>
/// <remarks>
/// <para>One opener at a time, by a lock beside the file. SQLite in WAL mode with synchronous=FULL: what is reported as
/// written has been through fsync. Readers (<see cref="JournalReader"/>) work meanwhile.</para>
/// <para>Every use of the file is on one thread of its own; what actors write at the same time shares one
/// commit.</para>
/// </remarks>
public sealed class NodeJournal : IDisposable
{
    private readonly JournalFence _fence;
    private readonly SqliteConnection _connection;
    private readonly JournalThread _thread;

    private NodeJournal(NodeJournalSettings settings, JournalFence fence, SqliteConnection connection,
        JournalIdentity identity, bool created)
    {
        (_fence, _connection, Identity, Created) = (fence, connection, identity, created);
        Path = settings.Path;
        _thread = new JournalThread(connection, settings.Path);
        Persistence = new PersistenceSetup(
            new SqliteJournal(_thread, settings), new SqliteSnapshotStore(_thread, settings));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The journal and the snapshot store in it, for a system's set-up.</summary>
    public PersistenceSetup Persistence { get; }

    /// <summary>What the file says of itself.</summary>
    public JournalIdentity Identity { get; private set; }

    /// <summary>Whether this opening created the file.</summary>
    public bool Created { get; }

    internal JournalThread Thread => _thread;

    /// <summary>Takes the lock, opens the file and brings its tables up to date.</summary>
    /// <exception cref="JournalException">The file cannot be used; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static NodeJournal Open(NodeJournalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        RequireFile(settings.Path, mayCreate: settings.CreateAs is not null);
        var fence = JournalFence.Take(settings.Path);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteEngine.Open(settings.Path,
                settings.CreateAs is null ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate);
            if (settings.CreateAs is null && JournalSchema.Check(connection, settings.Path) == 0)
                throw new JournalException(JournalProblem.NotAJournal,
                    $"The journal {settings.Path} is empty; start the agent to fill it.");
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL");
            var created = JournalSchema.Upgrade(connection, settings.Path);
            var identity = JournalIdentity.Read(connection) ?? settings.CreateAs
                ?? throw new JournalException(JournalProblem.NotAJournal,
                    $"The journal {settings.Path} has no identity recorded; it is damaged.");
            // Also proves that the file can be written to, before anything relies on it.
            connection.InTransaction(() => identity.Write(connection));
            return new NodeJournal(settings, fence, connection, identity, created);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            fence.Dispose();
            if (e is SqliteException sqlite)
                throw JournalException.From(sqlite, settings.Path);
            throw;
        }
    }

    /// <summary>Records a new identity (another machine, the next incarnation) and completes when it is
    /// durable.</summary>
    public async Task RecordIdentityAsync(JournalIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        await _thread.WriteAsync(identity.Write).ConfigureAwait(false);
        Identity = identity;
    }

    /// <summary>Finishes what was asked for, closes the file and gives the lock back.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _connection.Dispose();
        _fence.Dispose();
    }

    internal static void RequireFile(string path, bool mayCreate)
    {
        var directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(directory))
        {
            throw new JournalException(JournalProblem.Missing,
                $"The directory {directory} of the journal {path} does not exist. Create it, or correct the path.");
        }

        if (!mayCreate && !File.Exists(path))
        {
            throw new JournalException(JournalProblem.Missing,
                $"There is no journal {path}. The agent creates it at its first start; correct the path if it has "
                + "run here.");
        }
    }
}
