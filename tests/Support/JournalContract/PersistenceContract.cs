using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>What persistent actors may rely on, over every database.</summary>
public abstract class PersistenceContract : JournalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sums what is deposited; its state is its balance. Told to save, it answers once what the snapshot contains is deleted,
    /// older snapshots too.</summary>
    private sealed class Account : ReceivePersistentActor
    {
        private int _total;
        private IActorRef _saver = ActorRefs.Nobody;

        public Account(string id)
        {
            PersistenceId = id;
            Recover<Deposited>(e => _total += e.Amount);
            Recover<SnapshotOffer>(offer => _total = ((Balance)offer.Snapshot).Total);
            Command<Deposited>(e => Persist(e, kept =>
            {
                _total += kept.Amount;
                Sender.Tell(_total);
            }));
            Command<string>(s => s == "total", _ => Sender.Tell(_total));
            Command<string>(s => s == "unknown", _ => Persist("a string has no manifest", _ => Sender.Tell("kept")));
            Command<string>(s => s == "save", _ =>
            {
                _saver = Sender;
                SaveSnapshot(new Balance(_total));
            });
            Command<SaveSnapshotSuccess>(saved =>
            {
                DeleteMessages(LastSequenceNr);
                DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
            });
            Command<DeleteMessagesSuccess>(_ => { });
            Command<DeleteSnapshotsSuccess>(_ => _saver.Tell("saved"));
        }

        public override string PersistenceId { get; }

        public static Props Of(string id) => Props.Create(() => new Account(id));
    }

    private static async Task RunAsync(NodeJournal journal, Func<ActorSystem, Task> act)
    {
        var system = TestSystem.WithPersistence(journal.Persistence);
        await act(system);
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_new_system_on_the_same_journal_has_the_state_of_the_old_one()
    {
        using (var journal = Open())
        {
            await RunAsync(journal, async system =>
            {
                var account = system.ActorOf(Account.Of("a"));
                Assert.Equal(5, await account.Ask<int>(new Deposited(5), Patience));
                Assert.Equal(12, await account.Ask<int>(new Deposited(7), Patience));
            });
        }

        using var again = Open();
        await RunAsync(again, async system =>
        {
            var account = system.ActorOf(Account.Of("a"));
            Assert.Equal(12, await account.Ask<int>("total", Patience));
            Assert.Equal(13, await account.Ask<int>(new Deposited(1), Patience));
        });
        using var reader = JournalReader.Open(Place);
        Assert.Equal([new JournalHistory("a", 3, 3, null)], reader.Histories());
    }

    [Fact]
    public async Task An_event_is_in_the_journal_before_its_handler_answers()
    {
        using var journal = Open();
        using var reader = JournalReader.Open(Place);
        await RunAsync(journal, async system =>
        {
            await system.ActorOf(Account.Of("a")).Ask<int>(new Deposited(5), Patience);
            Assert.Equal(["""{"amount":5}"""], reader.Events("a").Select(e => e.Json));
        });
    }

    [Fact]
    public async Task Many_actors_write_at_the_same_time_and_share_commits()
    {
        const int actors = 20;
        const int each = 25;
        using var journal = Open();
        await RunAsync(journal, async system =>
        {
            var accounts = Enumerable.Range(0, actors).Select(n => system.ActorOf(Account.Of("account-" + n))).ToList();
            await Task.WhenAll(Enumerable.Range(0, each).SelectMany(_ => accounts.Select(a => a.Ask<int>(new Deposited(1), Patience))));
            Assert.All(await Task.WhenAll(accounts.Select(a => a.Ask<int>("total", Patience))), total => Assert.Equal(each, total));
        });
        Assert.InRange(journal.Thread.Commits, 1, (actors * each) - 1);
    }

    [Fact]
    public async Task What_many_actors_write_while_the_disk_is_busy_becomes_one_commit()
    {
        const int actors = 20;
        using var journal = Open();
        await RunAsync(journal, async system =>
        {
            using var kit = new TestKit(system);
            var accounts = Enumerable.Range(0, actors).Select(n => system.ActorOf(Account.Of("account-" + n))).ToList();
            await Task.WhenAll(accounts.Select(account => account.Ask<int>("total", Patience)));
            using var busy = new ManualResetEventSlim();
            var before = journal.Thread.RunAsync(_ =>
            {
                busy.Wait();
                return true;
            });
            var deposits = accounts.Select(account => account.Ask<int>(new Deposited(1), Patience)).ToList();
            try
            {
                kit.AwaitCondition(() => journal.Thread.Waiting == actors, Patience);
            }
            finally
            {
                busy.Set();
            }

            await before;
            Assert.All(await Task.WhenAll(deposits), total => Assert.Equal(1, total));
        });
        Assert.Equal(1, journal.Thread.Commits);
    }

    [Fact]
    public async Task What_a_snapshot_contains_can_be_deleted()
    {
        using var journal = Open();
        await RunAsync(journal, async system =>
        {
            var account = system.ActorOf(Account.Of("a"));
            await account.Ask<int>(new Deposited(5), Patience);
            Assert.Equal("saved", await account.Ask<string>("save", Patience));
        });
        await RunAsync(journal, async system =>
        {
            var account = system.ActorOf(Account.Of("a"));
            Assert.Equal(5, await account.Ask<int>("total", Patience));
            Assert.Equal(7, await account.Ask<int>(new Deposited(2), Patience));
        });
        using var reader = JournalReader.Open(Place);
        Assert.Equal(1, reader.Histories().Single().SnapshotSequenceNr);
        Assert.Equal(2, reader.Histories().Single().HighestSequenceNr);
    }

    [Fact]
    public async Task Of_many_snapshots_the_latest_is_left_and_it_is_enough()
    {
        using var journal = Open();
        using var reader = JournalReader.Open(Place);
        await RunAsync(journal, async system =>
        {
            var account = system.ActorOf(Account.Of("a"));
            for (var n = 1; n <= 3; n++)
            {
                Assert.Equal(n, await account.Ask<int>(new Deposited(1), Patience));
                Assert.Equal("saved", await account.Ask<string>("save", Patience));
                Assert.Equal([n], reader.Snapshots("a").Select(snapshot => snapshot.SequenceNr));
                Assert.Empty(reader.Events("a"));
            }
        });
        await RunAsync(journal, async system => Assert.Equal(3, await system.ActorOf(Account.Of("a")).Ask<int>("total", Patience)));
    }

    [Fact]
    public async Task Two_actors_with_one_persistence_id_do_not_fork_the_history()
    {
        using var journal = Open();
        await RunAsync(journal, async system =>
        {
            var (first, second) = (system.ActorOf(Account.Of("a")), system.ActorOf(Account.Of("a")));
            Assert.Equal(0, await second.Ask<int>("total", Patience));
            Assert.Equal(5, await first.Ask<int>(new Deposited(5), Patience));
            using var kit = new TestKit(system);
            kit.Watch(second);
            second.Tell(new Deposited(7), ActorRefs.NoSender);
            kit.ExpectTerminated(second, Patience);
            Assert.Equal(6, await first.Ask<int>(new Deposited(1), Patience));
        });
        using var reader = JournalReader.Open(Place);
        Assert.Equal(["""{"amount":5}""", """{"amount":1}"""], reader.Events("a").Select(e => e.Json));
    }

    [Fact]
    public async Task An_event_without_a_manifest_is_rejected_and_the_actor_goes_on()
    {
        using var journal = Open();
        await RunAsync(journal, async system =>
        {
            using var kit = new TestKit(system);
            var account = system.ActorOf(Account.Of("a"));
            kit.EventFilter.Error(contains: "No manifest is registered for System.String").ExpectOne(() => account.Tell("unknown"));
            Assert.Equal(5, await account.Ask<int>(new Deposited(5), Patience));
        });
        Assert.Equal([new JournalEntry(2, new Deposited(5))], await journal.Persistence.Journal.ReplayAsync("a", 1, 9, 9));
    }
}
