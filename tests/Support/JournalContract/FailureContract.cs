using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>A journal that cannot write for a while: the actor fails loudly, its supervisor backs off and starts it again, and nothing
/// that was acknowledged is lost.</summary>
public abstract class FailureContract : JournalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private sealed record Recovered(int Total);

    private sealed class Account : ReceivePersistentActor
    {
        private int _total;

        public Account(IActorRef observer)
        {
            Recover<Deposited>(e => _total += e.Amount);
            Recover<RecoveryCompleted>(_ => observer.Tell(new Recovered(_total)));
            Command<Deposited>(e => Persist(e, kept =>
            {
                _total += kept.Amount;
                observer.Tell(_total);
            }));
        }

        public override string PersistenceId => Id;

        public static Props Of(IActorRef observer) => Props.Create(() => new Account(observer));
    }

    /// <summary>Breaks the journal between two writes, expects the second to fail with this in its error, and heals the journal.</summary>
    /// <param name="journal">Where the actor writes.</param>
    /// <param name="breaks">Breaks the journal.</param>
    /// <param name="says">What the error says.</param>
    /// <param name="heals">Mends the journal.</param>
    /// <param name="attempts">How often the actor tries in vain. More than once needs a journal that can be read all the time: the actor
    /// comes back after each.</param>
    protected async Task FailsLoudlyAndLosesNothingAsync(
        NodeJournal journal, Func<Task> breaks, string says, Func<Task> heals, int attempts = 1)
    {
        var system = TestSystem.WithPersistence(journal.Persistence);
        var kit = new TestKit(system);
        var account = system.ActorOf(BackoffSupervisor.Props(Backoff.OnStop(
            Account.Of(kit.TestActor), "account", TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100), 0, -1)));
        Assert.Equal(0, kit.ExpectMsg<Recovered>(Patience).Total);
        account.Tell(new Deposited(5), kit.TestActor);
        Assert.Equal(5, kit.ExpectMsg<int>(Patience));

        await breaks();
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            kit.EventFilter.Error(contains: says).Expect(1, Patience, () => account.Tell(new Deposited(7), kit.TestActor));
            if (attempt < attempts) Assert.Equal(5, kit.ExpectMsg<Recovered>(Patience).Total);
        }

        await heals();

        // What was not acknowledged is not there either: the failure came before the commit.
        Assert.Equal(5, kit.ExpectMsg<Recovered>(Patience).Total);
        account.Tell(new Deposited(1), kit.TestActor);
        Assert.Equal(6, kit.ExpectMsg<int>(Patience));
        kit.Dispose();
        await system.WhenTerminated.WaitAsync(Patience);
        Assert.Equal(
            [new JournalEntry(1, new Deposited(5)), new JournalEntry(2, new Deposited(1))],
            await journal.Persistence.Journal.ReplayAsync(Id, 1, 9, 9));
    }
}
