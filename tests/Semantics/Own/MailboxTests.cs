using System.Collections.Concurrent;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>Turns on the thread pool: order, priority of system messages, and what becomes of a stopped actor's mailbox.</summary>
public sealed class MailboxTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = RuntimeSystem.Create("mailboxes", new RuntimeSetup());

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Patience);

    private sealed class Sink(Action<object> take) : UntypedActor
    {
        protected override void OnReceive(object message) => take(message);
    }

    private IActorRef Of(Action<object> take) => _system.ActorOf(Props.Create(() => new Sink(take)));

    private IActorRef Pinned(Action<object> take, string? name = null) =>
        _system.ActorOf(Props.Create(() => new Sink(take)).WithDispatcher("akka.io.pinned-dispatcher"), name);

    [Fact]
    public async Task Each_producers_order_is_kept_when_four_threads_send_at_once()
    {
        const int each = 50_000;
        var (next, wrong) = (new int[4], 0);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = 4 * each;
        var sink = Of(m =>
        {
            var (producer, n) = ((int, int))m;
            if (next[producer]++ != n)
                wrong++;
            if (--left == 0)
                all.SetResult();
        });
        var threads = Enumerable.Range(0, 4).Select(producer => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
                sink.Tell((producer, i), ActorRefs.NoSender);
        })).ToList();
        threads.ForEach(t => t.Start());
        await all.Task.WaitAsync(Patience);
        Assert.Equal(0, wrong);
        Assert.Equal([each, each, each, each], next);
    }

    [Fact]
    public async Task A_stopped_actors_mailbox_drains_to_dead_letters_and_nothing_is_lost()
    {
        const int each = 20_000;
        var handled = 0;
        var dead = new ConcurrentBag<object>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var total = 0;

        void Count()
        {
            if (Interlocked.Increment(ref total) == 2 * each)
                all.SetResult();
        }

        var letters = Of(m =>
        {
            dead.Add(((DeadLetter)m).Message);
            Count();
        });
        _system.EventStream.Subscribe(letters, typeof(DeadLetter));
        var actor = Of(_ =>
        {
            handled++;
            Count();
        });
        var threads = Enumerable.Range(0, 2).Select(producer => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
            {
                if (producer == 0 && i == each / 2)
                    actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
                actor.Tell((producer, i), ActorRefs.NoSender);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        await all.Task.WaitAsync(Patience);
        Assert.Equal(2 * each, handled + dead.Count);
        Assert.True(dead.Count >= each / 2);
        Assert.Equal(dead.Count, dead.Distinct().Count());
    }

    [Fact]
    public async Task A_system_message_comes_before_the_user_messages_that_wait()
    {
        using var gate = new ManualResetEventSlim();
        var seen = new List<object>();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = Of(m =>
        {
            seen.Add(m);
            begun.TrySetResult();
            gate.Wait(Patience);
        });
        foreach (var message in new[] { "first", "second", "third" })
            busy.Tell(message, ActorRefs.NoSender);
        await begun.Task.WaitAsync(Patience);
        var stopped = busy.GracefulStop(Patience, "last");
        ((Agent.Runtime.Cells.LocalActorRef)busy).Stop();
        gate.Set();
        Assert.True(await stopped);
        Assert.Equal(["first"], seen);
    }

    [Fact]
    public async Task An_ask_that_timed_out_leaves_no_ref_behind()
    {
        var mute = Of(_ => { });
        var temp = ((Agent.Runtime.Cells.ActorSystemImpl)_system).Temp;
        await Assert.ThrowsAsync<AskTimeoutException>(() => mute.Ask("x", TimeSpan.FromMilliseconds(10)));
        Assert.Equal(0, temp.Count);
    }

    [Fact]
    public async Task A_message_in_a_burst_beyond_one_turn_is_handled_without_another_to_wake_the_actor()
    {
        const int many = 10_000;
        var left = many;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gate = new ManualResetEventSlim();
        var sink = Of(_ =>
        {
            gate.Wait(Patience);
            if (--left == 0)
                all.SetResult();
        });
        for (var i = 0; i < many; i++)
            sink.Tell(i, ActorRefs.NoSender);
        gate.Set();
        await all.Task.WaitAsync(Patience);
        Assert.Equal(0, left);
    }

    [Fact]
    public async Task Telling_an_existing_object_allocates_nothing_once_the_mailbox_has_grown()
    {
        const int burst = 1_000;
        using var all = new SemaphoreSlim(0);
        var left = burst;
        var sink = Of(_ =>
        {
            if (--left > 0) return;
            left = burst;
            all.Release();
        });
        var message = new object();
        // A round may have to take on a thread of the pool, or find the actor so far behind that the mailbox grows once more.
        var least = long.MaxValue;
        for (var round = 0; round < 100; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < burst; i++) sink.Tell(message, ActorRefs.NoSender);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(await all.WaitAsync(Patience));
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task A_pinned_actor_has_all_its_turns_on_one_thread_which_ends_with_it()
    {
        var threads = new ConcurrentBag<Thread>();
        var actor = Pinned(_ => threads.Add(Thread.CurrentThread), "pinned");
        for (var i = 0; i < 1_000; i++)
        {
            actor.Tell(i, ActorRefs.NoSender);
            if (i % 100 == 0) await actor.Ask<ActorIdentity>(new Identify(i), Patience);
        }

        await actor.Ask<ActorIdentity>(new Identify("last"), Patience);
        var own = Assert.Single(threads.Distinct());
        Assert.Equal((1_000, "/user/pinned", false), (threads.Count, own.Name, own.IsThreadPoolThread));
        Assert.True(await actor.GracefulStop(Patience));
        Assert.True(own.Join(Patience));
    }

    [Fact]
    public async Task An_actor_that_blocks_its_own_thread_holds_up_nobody()
    {
        using var gate = new ManualResetEventSlim();
        var blocked = Enumerable.Range(0, 4 * Environment.ProcessorCount)
            .Select(_ => Pinned(_ => gate.Wait(Patience))).ToList();
        foreach (var actor in blocked) actor.Tell("block", ActorRefs.NoSender);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Of(_ => answered.SetResult()).Tell("go", ActorRefs.NoSender);
        await answered.Task.WaitAsync(Patience);
        gate.Set();
        Assert.All(await Task.WhenAll(blocked.Select(actor => actor.GracefulStop(Patience))), Assert.True);
    }

    [Fact]
    public void A_dispatcher_that_does_not_exist_is_refused_where_the_actor_is_made()
    {
        Action<object> ignore = _ => { };
        var props = Props.Create(() => new Sink(ignore)).WithDispatcher("my-dispatcher");
        var refused = Assert.Throws<ArgumentException>(() => _system.ActorOf(props, "odd"));
        Assert.Contains("[my-dispatcher]", refused.Message, StringComparison.Ordinal);
        Assert.Contains("[akka.io.pinned-dispatcher]", refused.Message, StringComparison.Ordinal);
    }
}
