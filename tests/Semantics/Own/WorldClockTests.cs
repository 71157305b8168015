using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own;

/// <summary>The clock of one node of a simulated world: wrong, fast or slow, held and killed with its process.</summary>
public sealed class WorldClockTests
{
    private readonly SeededWorld _world = new(1);

    [Fact]
    public void Skew_moves_the_wall_clock_and_leaves_the_monotonic_one()
    {
        var clock = _world.CreateClock("a");
        clock.Skew = TimeSpan.FromHours(-1);

        _world.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(_world.Time.GetUtcNow() - TimeSpan.FromHours(1), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(3), clock.GetElapsedTime(0));
    }

    [Fact]
    public void A_fast_clock_is_ahead_and_its_timers_are_early_by_as_much()
    {
        var clock = _world.CreateClock("a");
        _world.Advance(TimeSpan.FromSeconds(10));
        clock.Rate = 1.25;
        var fired = TimeSpan.Zero;
        using var timer = clock.CreateTimer(_ => fired = _world.Elapsed, null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);

        _world.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.FromSeconds(22.5), clock.GetElapsedTime(0));
        Assert.InRange(fired, TimeSpan.FromSeconds(14), TimeSpan.FromSeconds(14.000001));
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 1)]
    public void Timers_of_a_paused_process_fire_once_when_it_goes_on(bool stopsInPause, int seconds)
    {
        var clock = _world.CreateClock("a", stopsInPause);
        var system = _world.CreateSystem("a", new RuntimeSetup { Time = clock });
        var fired = new List<TimeSpan>();
        using var timer = clock.CreateTimer(_ => fired.Add(_world.Elapsed), null, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(500));
        _world.Advance(TimeSpan.FromSeconds(1));
        _world.Pause(system);
        _world.Advance(TimeSpan.FromSeconds(3));

        Assert.Empty(fired);
        _world.Resume(system);

        Assert.Equal([TimeSpan.FromSeconds(4)], fired);
        Assert.Equal(TimeSpan.FromSeconds(seconds), clock.GetElapsedTime(0));
    }

    [Fact]
    public void A_killed_system_has_no_turn_and_no_timer()
    {
        var clock = _world.CreateClock("a");
        var system = _world.CreateSystem("a", new RuntimeSetup { Time = clock });
        var said = new List<object>();
        var actor = system.ActorOf(Props.Create(() => new Listener(said)));
        system.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), actor, "later", ActorRefs.NoSender);
        actor.Tell("first", ActorRefs.NoSender);
        _world.RunUntilIdle();
        actor.Tell("second", ActorRefs.NoSender);

        _world.Kill(system);
        actor.Tell("third", ActorRefs.NoSender);
        _world.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["first"], said);
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<object> said) => ReceiveAny(said.Add);
    }
}
