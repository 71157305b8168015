using Agent.Actors.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>How long stale routes of an earlier run wait for peers that do not come back.</summary>
public sealed class RestartDeadlineTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = TestSystem.WithVirtualTime(new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });

    public void Dispose() => _system.Dispose();

    [Theory]
    [InlineData(30, 120)]
    [InlineData(300, 300)]
    public async Task It_is_as_long_as_any_peer_keeps_our_routes_and_at_least_two_minutes(int restartTime, int expected)
    {
        var scheduler = Assert.IsType<TestScheduler>(_system.Scheduler);
        var told = new Recorder();
        var others = _system.ActorOf(Props.Create(() => new Recorder.Actor(told)));
        var rib = _system.ActorOf(RibActor.For());
        rib.Tell(new RibProtocol.SetPolicy(RibPolicy.Empty), others);
        rib.Tell(new RibProtocol.SetServices([], [], []), others);
        rib.Tell(new RibProtocol.SetBlocks([]), others);
        rib.Tell(new RibProtocol.BeginRestart(["tor"], TimeSpan.FromSeconds(restartTime)), others);
        rib.Tell(new RibProtocol.SetConnected(ConnectedState.Empty), others);

        Assert.False((await DescribeAsync(rib)).RestartComplete);
        scheduler.Advance(TimeSpan.FromSeconds(expected - 1));
        Assert.False((await DescribeAsync(rib)).RestartComplete);
        scheduler.Advance(TimeSpan.FromSeconds(1));

        await told.NextAsync<PeerSetProtocol.RestartComplete>();
        Assert.True((await DescribeAsync(rib)).RestartComplete);
    }

    private static Task<RibProtocol.Description> DescribeAsync(IActorRef rib) =>
        rib.Ask<RibProtocol.Description>(Introspection.Describe.Instance, Patience);
}
