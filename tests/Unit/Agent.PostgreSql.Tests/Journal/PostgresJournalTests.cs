using Agent.Journal.Contract;
using Agent.PostgreSql.Tests.Support;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.PostgreSql.Tests.Journal;

/// <summary>What is PostgreSQL's own about a journal there: the lock of the session, the way back to the server, the schema.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgresJournalTests(PostgresServer server) : FailureContract
{
    private readonly string _schema = PostgresServer.NewSchema();

    protected override string Place => server.Url(_schema);

    protected override string Name => PostgresAddress.Parse(Place, "").ToString();

    [Fact]
    public async Task While_the_server_is_down_the_actor_fails_loudly_and_nothing_acknowledged_is_lost()
    {
        using var journal = Open();
        await FailsLoudlyAndLosesNothingAsync(
            journal, () => server.StopAsync(Stop.Immediate), $"could not be written, the actor is stopped: The journal {Name} cannot be reached",
            server.StartAsync);
    }

    [Fact]
    public async Task While_somebody_has_the_table_locked_the_actor_fails_loudly_and_nothing_acknowledged_is_lost()
    {
        using var journal = Open();
        await using var other = await server.ConnectAsync(_schema);
        await FailsLoudlyAndLosesNothingAsync(
            journal,
            () => Task.FromResult(other.Execute("BEGIN; LOCK TABLE journal IN SHARE MODE")),
            $"The journal {Name} waited too long for somebody else's lock",
            () => Task.FromResult(other.Execute("ROLLBACK")));
    }

    [Fact]
    public async Task A_restart_of_the_server_between_two_writes_is_not_noticed()
    {
        using var journal = Open();
        await journal.Persistence.Journal.WriteAsync(One(Id, 1, new Deposited(1)));

        await server.StopAsync(Stop.Fast);
        await server.StartAsync();

        await journal.Persistence.Journal.WriteAsync(One(Id, 2, new Deposited(2)));
        Assert.Equal(
            [new JournalEntry(1, new Deposited(1)), new JournalEntry(2, new Deposited(2))],
            await journal.Persistence.Journal.ReplayAsync(Id, 1, 9, 9));
        Assert.Equal(JournalProblem.Held, Assert.Throws<JournalException>(Open).Problem);
    }

    [Fact]
    public async Task While_the_server_crashes_again_and_again_every_acknowledged_event_is_kept_once_and_without_a_hole()
    {
        using var journal = Open();
        var last = 0L;
        for (var round = 0; round < 4; round++)
        {
            var crashing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var first = 1 + await journal.Persistence.Journal.HighestSequenceNrAsync(Id);
            Assert.True(first > last, $"{last} was acknowledged, {first - 1} is the last");
            var writing = Task.Run(async () =>
            {
                try
                {
                    for (var next = first; ; next++)
                    {
                        await journal.Persistence.Journal.WriteAsync(One(Id, next, new Deposited((int)next)));
                        last = next;
                        if (next == first + 30) crashing.SetResult();
                    }
                }
                catch (JournalException e)
                {
                    return e.Problem;
                }
            });
            await crashing.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await server.StopAsync(Stop.Immediate);
            Assert.Equal(JournalProblem.Unreachable, await writing.WaitAsync(TimeSpan.FromSeconds(60)));
            await server.StartAsync();
        }

        var kept = await journal.Persistence.Journal.ReplayAsync(Id, 1, long.MaxValue, int.MaxValue);
        Assert.True(kept.Count >= last);
        Assert.Equal(Enumerable.Range(1, kept.Count).Select(n => new JournalEntry(n, new Deposited(n))), kept);
    }

    [Fact]
    public void A_second_opener_is_told_who_has_the_journal()
    {
        using (Open())
        {
            var thrown = Assert.Throws<JournalException>(Open);
            Assert.Equal(JournalProblem.Held, thrown.Problem);
            Assert.StartsWith(
                $"The journal {Name} is in use by agent journal, process {Environment.ProcessId} on {Environment.MachineName}",
                thrown.Message, StringComparison.Ordinal);
        }

        Open().Dispose();
    }

    [Fact]
    public async Task Who_lost_the_connection_while_another_opened_the_journal_may_not_go_on()
    {
        using var first = Open();
        await first.Persistence.Journal.WriteAsync(One(Id, 1, new Deposited(1)));
        await server.SqlAsync("public",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'agent journal%'");

        using (var second = Open())
        {
            Assert.Equal(JournalProblem.Held, await ProblemAsync());
            await second.Persistence.Journal.WriteAsync(One(Id, 2, new Deposited(2)));
        }

        Assert.Equal(JournalProblem.SecondWriter, await ProblemAsync());
        Assert.Equal(JournalProblem.SecondWriter, await ProblemAsync());

        async Task<JournalProblem> ProblemAsync() => (await Assert.ThrowsAsync<JournalException>(
            () => first.Persistence.Journal.WriteAsync(One(Id, 3, new Deposited(3))))).Problem;
    }

    [Fact]
    public async Task Plain_sql_can_read_an_event_and_a_commit_is_on_the_disk_before_it_is_reported()
    {
        using var journal = Open();
        await journal.Persistence.Journal.WriteAsync(One(Id, 1, new Deposited(5)));

        Assert.Equal("5", await server.SqlAsync(_schema, "SELECT convert_from(message, 'UTF8')::json->>'amount' FROM journal"));
        Assert.Equal("on", await journal.Thread.RunAsync(c => (string)c.Scalar("SHOW synchronous_commit")!));
        Assert.Equal(
            "ordering created deleted persistence_id sequence_number message manifest identifier writer_uuid",
            await server.SqlAsync(_schema,
                $"SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '{_schema}.journal'::regclass AND attnum > 0"));
    }

    [Fact]
    public async Task A_reader_sees_histories_while_the_journal_is_open_for_writing()
    {
        using var journal = Open();
        using var reader = JournalReader.Open(Place);
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite(Id, 1, [new Deposited(5), new Deposited(7)])]);
        await journal.Persistence.Journal.DeleteAsync(Id, 1);
        await journal.Persistence.Snapshots.SaveAsync(new SnapshotMetadata(Id, 2, DateTime.UtcNow), new Balance(12));
        await journal.Persistence.Snapshots.SaveAsync(new SnapshotMetadata("other", 9, DateTime.UtcNow), new Balance(1));

        Assert.Equal(Identity, reader.Identity);
        Assert.Equal([new JournalHistory(Id, 1, 2, 2), new JournalHistory("other", 0, 0, 9)], reader.Histories());
        Assert.Equal(["""{"amount":7}"""], reader.Events(Id).Select(e => e.Json));
        Assert.Equal(["""{"total":12}"""], reader.Snapshots(Id).Select(e => e.Json));
    }

    [Fact]
    public async Task A_schema_that_cannot_be_used_is_refused()
    {
        Assert.Equal(JournalProblem.Missing, Problem(() => NodeJournal.Open(Settings with { CreateAs = null })));
        Assert.Equal(JournalProblem.Missing, Problem(() => JournalReader.Open(Place)));
        Open().Dispose();
        await server.SqlAsync(_schema, "UPDATE meta SET value = '99' WHERE key = 'version'");
        Assert.Equal(JournalProblem.TooNew, Problem(Open));
        await server.SqlAsync(_schema, "UPDATE meta SET value = 'cluster' WHERE key = 'content'");
        Assert.Equal(JournalProblem.NotAJournal, Problem(Open));
        Assert.Equal(JournalProblem.Missing, Problem(() => NodeJournal.Open(Settings with { Path = server.UrlOf("none") })));
        Assert.Equal(JournalProblem.ReadOnly, Problem(() => NodeJournal.Open(Settings with { Path = server.UrlOf("postgres", "wr0ng") })));
        Assert.Equal(JournalProblem.Missing, Problem(() => NodeJournal.Open(Settings with { Path = "postgres://h" })));
        Assert.Equal(JournalProblem.Unreachable, Problem(() => NodeJournal.Open(Settings with { Path = "postgres://127.0.0.1:1/x" })));

        static JournalProblem Problem(Func<IDisposable> open) => Assert.Throws<JournalException>(() =>
        {
            using var opened = open();
        }).Problem;
    }
}
