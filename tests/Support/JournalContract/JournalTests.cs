using System.Text.Json;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>What tests of a journal share; a database's test class says where its journal is.</summary>
public abstract class JournalTests
{
    public const string Id = "block-owner";

    /// <summary>The test's one journal: a file, or an address.</summary>
    protected abstract string Place { get; }

    /// <summary>The journal as errors name it.</summary>
    protected abstract string Name { get; }

    protected JournalIdentity Identity { get; } = new("j-1", "m-1", 1);

    protected NodeJournalSettings Settings => new(Place, NewSerializer()) { CreateAs = Identity };

    protected static JsonEventSerializer NewSerializer() =>
        new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited").Add<Balance>("balance").Add<Cyclic>("cyclic");

    /// <summary>One write of one event.</summary>
    protected static AtomicWrite[] One(string id, long sequenceNr, object payload) => [new AtomicWrite(id, sequenceNr, [payload])];

    protected NodeJournal Open() => NodeJournal.Open(Settings);
}

public sealed record Deposited(int Amount);

/// <summary>A later form of <see cref="Deposited"/>.</summary>
public sealed record DepositedCents(int Cents);

public sealed record Balance(int Total);

/// <summary>Cannot be written as JSON: it contains itself.</summary>
public sealed class Cyclic
{
    public Cyclic Self => this;
}
