using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>The simulation: one thread, virtual time, one interleaving for each seed.</summary>
public sealed class SeededWorldTests
{
    private sealed record Ball(int Left);

    /// <summary>Passes balls on to a partner, and has a clock of its own; logs what it sees.</summary>
    private sealed class Player : ReceiveActor, IWithTimers
    {
        public Player(string name, List<string> log)
        {
            IActorRef partner = ActorRefs.Nobody;
            Receive<IActorRef>(p => partner = p);
            Receive<Ball>(b =>
            {
                log.Add($"{name} {b.Left}");
                if (b.Left > 0)
                    partner.Tell(new Ball(b.Left - 1), Self);
            });
            Receive<string>(_ => log.Add($"{name} tick"));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("clock", "tick", TimeSpan.FromSeconds(1));
    }

    private static (List<string> Log, ulong Trace, long Deliveries) Play(int seed)
    {
        var world = new SeededWorld(seed);
        var log = new List<string>();
        var (one, two) = (world.CreateSystem("one"), world.CreateSystem("two"));
        for (var i = 0; i < 4; i++)
        {
            var (a, b) = ($"a{i}", $"b{i}");
            var left = one.ActorOf(Props.Create(() => new Player(a, log)), a);
            var right = two.ActorOf(Props.Create(() => new Player(b, log)), b);
            left.Tell(right, ActorRefs.NoSender);
            right.Tell(left, ActorRefs.NoSender);
            left.Tell(new Ball(10), ActorRefs.NoSender);
        }

        world.Advance(TimeSpan.FromSeconds(3));
        return (log, world.Trace, world.Deliveries);
    }

    [Fact]
    public void The_same_seed_takes_the_same_interleaving()
    {
        var (first, second) = (Play(7), Play(7));
        Assert.Equal(first.Log, second.Log);
        Assert.Equal((first.Trace, first.Deliveries), (second.Trace, second.Deliveries));
    }

    [Fact]
    public void The_trace_of_a_seed_is_the_same_in_every_process() => Assert.Equal(KnownTrace, Play(7).Trace);

    private const ulong KnownTrace = 12289368715274096652;

    [Fact]
    public void Another_seed_takes_another_interleaving_of_the_same_deliveries()
    {
        var (first, second) = (Play(1), Play(2));
        Assert.NotEqual(first.Log, second.Log);
        Assert.NotEqual(first.Trace, second.Trace);
        Assert.Equal(first.Log.Order(), second.Log.Order());
        Assert.Equal(first.Deliveries, second.Deliveries);
    }

    [Fact]
    public void Two_systems_share_time_and_thread_and_messages_cross_at_once()
    {
        var (log, _, _) = Play(3);
        Assert.Equal(4 * 11, log.Count(l => !l.EndsWith("tick", StringComparison.Ordinal)));
        Assert.Equal(8 * 3, log.Count(l => l.EndsWith("tick", StringComparison.Ordinal)));
        foreach (var i in Enumerable.Range(0, 4))
        {
            var rally = log.Where(l => l.StartsWith($"a{i} ", StringComparison.Ordinal) || l.StartsWith($"b{i} ", StringComparison.Ordinal))
                .Where(l => !l.EndsWith("tick", StringComparison.Ordinal));
            Assert.Equal(Enumerable.Range(0, 11).Select(n => $"{(n % 2 == 0 ? 'a' : 'b')}{i} {10 - n}"), rally);
        }
    }

    private sealed class Asker : ReceiveActor
    {
        public Asker(IActorRef other, List<object> got, Task<int> port)
        {
            Receive<string>(_ =>
            {
                other.Ask<int>("how long?", TimeSpan.FromSeconds(5)).PipeTo(Self);
                port.PipeTo(Self);
            });
            ReceiveAny(m => got.Add(m is Status.Failure f ? f.Cause.GetType() : m));
        }
    }

    private sealed class Mute : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    [Fact]
    public void An_ask_times_out_in_virtual_time_and_a_complete_task_is_piped_inline()
    {
        var world = new SeededWorld(1);
        var system = world.CreateSystem("node");
        var got = new List<object>();
        var mute = system.ActorOf(Props.Create(() => new Mute()));
        var asker = system.ActorOf(Props.Create(() => new Asker(mute, got, Task.FromResult(4))));
        asker.Tell("go", ActorRefs.NoSender);
        world.RunUntilIdle();
        Assert.Equal([4], got);
        world.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal([4], got);
        world.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal([4, typeof(AskTimeoutException)], got);
        Assert.Equal(TimeSpan.FromSeconds(5), world.Elapsed);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero), system.Scheduler.Now);
    }

    private sealed class Sleeper : ReceiveActor
    {
        public Sleeper(TimeProvider time, List<string> log) => ReceiveAsync<string>(async s =>
        {
            log.Add("begin " + s);
            var hour = new TaskCompletionSource();
            await using var alarm = time.CreateTimer(_ => hour.SetResult(), null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
            await hour.Task;
            log.Add($"end {s} {Sender.Path.Name}");
        });
    }

    [Fact]
    public void An_async_handler_waits_in_virtual_time_on_the_worlds_thread()
    {
        var world = new SeededWorld(1);
        var system = world.CreateSystem("node");
        var log = new List<string>();
        var mute = system.ActorOf(Props.Create(() => new Mute()), "mute");
        var sleeper = system.ActorOf(Props.Create(() => new Sleeper(world.Time, log)));
        sleeper.Tell("a", mute);
        sleeper.Tell("b", ActorRefs.NoSender);
        Assert.True(world.RunUntil(() => log.Count == 4, TimeSpan.FromHours(2)));
        Assert.Equal(["begin a", "end a mute", "begin b", "end b deadLetters"], log);
        Assert.Equal(TimeSpan.FromHours(2), world.Elapsed);
    }

    [Fact]
    public void RunUntil_says_false_when_time_is_up()
    {
        var world = new SeededWorld(1);
        Assert.False(world.RunUntil(() => false, TimeSpan.FromDays(1)));
        Assert.Equal(TimeSpan.FromDays(1), world.Elapsed);
    }

    [Fact]
    public void A_world_terminates_its_systems_in_virtual_time()
    {
        var world = new SeededWorld(5);
        var (one, two) = (world.CreateSystem("one"), world.CreateSystem("two"));
        one.ActorOf(Props.Create(() => new Mute()));
        var ended = one.Terminate();
        Assert.True(world.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.Zero, world.Elapsed);
        Assert.False(two.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task Another_thread_is_refused()
    {
        var world = new SeededWorld(5);
        var system = world.CreateSystem("one");
        var mute = system.ActorOf(Props.Create(() => new Mute()));
        world.RunUntilIdle();
        await Task.Factory.StartNew(
            () =>
            {
                Assert.Throws<InvalidOperationException>(() => mute.Tell("x", ActorRefs.NoSender));
                Assert.Throws<InvalidOperationException>(world.RunUntilIdle);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
