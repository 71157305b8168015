using Agent.Runtime.Hosting;

namespace Agent.Runtime.Sql;

/// <summary>How to open a node's journal.</summary>
/// <param name="Path">A SQLite file, on a local disk, whose directory must exist; or the <c>postgres://</c> address of
/// a schema.</param>
/// <param name="Serializer">Knows the manifests of every event and snapshot.</param>
public sealed record NodeJournalSettings(string Path, IEventSerializer Serializer)
{
    /// <summary>The identity of a journal that is created. Null: a missing or an older one is an error and
    /// nothing is created or upgraded.</summary>
    public JournalIdentity? CreateAs { get; init; }

    /// <summary>The clock that stamps events.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The upgrades of the tables that a later release has, so that a test can upgrade to it.</summary>
    internal IReadOnlyList<string> LaterUpgrades { get; init; } = [];
}

/// <summary>A node's journal, open for writing: the events and the snapshots of its persistent actors.</summary>
/// <remarks>
/// <para>One opener at a time, by a lock: beside the file, or of the session in PostgreSQL. What is reported as written
/// is
/// on the disk. Readers (<see cref="JournalReader"/>) work meanwhile.</para>
/// <para>Every use of the journal is on one thread of its own; what actors write at the same time shares one
/// commit.</para>
/// </remarks>
public sealed class NodeJournal : IDisposable
{
    private readonly JournalSession _session;
    private readonly JournalThread _thread;

    private NodeJournal(NodeJournalSettings settings, JournalSession session, JournalIdentity identity, bool created)
    {
        (_session, Identity, Created) = (session, identity, created);
        _thread = new JournalThread(session);
        Persistence = new PersistenceSetup(
            new SqlJournal(_thread, session.Name, settings),
            new SqlSnapshotStore(_thread, session.Name, settings.Serializer));
    }

    /// <summary>The file, or the address without its password.</summary>
    public string Path => _session.Name;

    /// <summary>The journal and the snapshot store in it, for a system's set-up.</summary>
    public PersistenceSetup Persistence { get; }

    /// <summary>What the journal says of itself.</summary>
    public JournalIdentity Identity { get; private set; }

    /// <summary>Whether this opening created the tables.</summary>
    public bool Created { get; }

    internal JournalThread Thread => _thread;

    /// <summary>Takes the lock, opens the journal and brings its tables up to date.</summary>
    /// <exception cref="JournalException">The journal cannot be used; <see cref="JournalException.Problem"/> says
    /// why.</exception>
    public static NodeJournal Open(NodeJournalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (session, created) = JournalSession.Open(
            settings.Path, mayCreate: settings.CreateAs is not null, settings.LaterUpgrades);
        try
        {
            var identity = session.Read(JournalIdentity.Read) ?? settings.CreateAs
                ?? throw new JournalException(JournalProblem.NotAJournal,
                    $"The journal {session.Name} has no identity recorded; it is damaged.");
            // Also proves that the journal can be written to, before anything relies on it.
            session.InTransaction(identity.Write);
            return new NodeJournal(settings, session, identity, created);
        }
        catch (Exception e)
        {
            session.Dispose();
            if (session.Explain(e) is var explained && explained != e)
                throw explained;
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

    /// <summary>Finishes what was asked for, closes the journal and gives the lock back.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _session.Dispose();
    }
}
