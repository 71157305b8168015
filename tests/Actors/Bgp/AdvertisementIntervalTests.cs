using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1): after one advertisement the next waits, and says what is then.</summary>
public sealed class AdvertisementIntervalTests : IDisposable
{
    private static readonly TimeSpan Five = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system = TestSystem.WithVirtualTime(new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });
    private readonly TestScheduler _scheduler;
    private readonly Recorder _paced = new();
    private readonly Recorder _other = new();
    private readonly IActorRef _rib;

    public AdvertisementIntervalTests()
    {
        _scheduler = Assert.IsType<TestScheduler>(_system.Scheduler);
        _rib = _system.ActorOf(RibActor.For());
        _rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("10.48.0.0/16"))] }), ActorRefs.NoSender);
        _rib.Tell(new RibProtocol.SetServices([], [], []), ActorRefs.NoSender);
        Announce("10.48.1.0/26");
        Up("paced", "10.0.0.2", Five, _paced);
        Up("other", "10.0.0.3", TimeSpan.Zero, _other);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public async Task What_changes_meanwhile_is_told_together_when_the_interval_is_over_withdrawals_too()
    {
        Assert.Equal(["+ 10.48.1.0/26", "End-of-RIB"], await HeardAsync(_paced));
        Assert.Equal(["+ 10.48.1.0/26", "End-of-RIB"], await HeardAsync(_other));

        Announce("10.48.1.0/26", "10.48.2.0/26");
        Assert.Equal(["+ 10.48.2.0/26"], await HeardAsync(_other));
        Announce("10.48.3.0/26");
        Assert.Equal(["- 10.48.1.0/26", "- 10.48.2.0/26", "+ 10.48.3.0/26"], await HeardAsync(_other));
        _scheduler.Advance(Five - TimeSpan.FromMilliseconds(1));
        Announce("10.48.4.0/26");
        Assert.Equal(["- 10.48.3.0/26", "+ 10.48.4.0/26"], await HeardAsync(_other));
        _scheduler.Advance(TimeSpan.FromMilliseconds(1));

        // Of those that came and went it never hears more than that they are gone.
        var heard = await HeardAsync(_paced);
        Assert.Equal(["+ 10.48.4.0/26"], heard.Where(line => line[0] == '+'));
        Assert.Contains("- 10.48.1.0/26", heard);

        // And the next interval has begun.
        Announce("10.48.4.0/26", "10.48.5.0/26");
        Assert.Equal(["+ 10.48.5.0/26"], await HeardAsync(_other));
        _scheduler.Advance(Five);
        Assert.Equal(["+ 10.48.5.0/26"], await HeardAsync(_paced));
    }

    [Fact]
    public async Task A_changed_interval_ends_the_present_one_and_the_session_stays()
    {
        Assert.Equal(["+ 10.48.1.0/26", "End-of-RIB"], await HeardAsync(_paced));
        Announce("10.48.1.0/26", "10.48.2.0/26");

        _rib.Tell(new RibProtocol.SetPeerPolicy("paced", new PeerPolicy()), ActorRefs.NoSender);
        Assert.Equal(["+ 10.48.2.0/26"], await HeardAsync(_paced));
        Announce("10.48.1.0/26");
        Assert.Equal(["- 10.48.2.0/26"], await HeardAsync(_paced));

        _rib.Tell(new RibProtocol.SetPeerPolicy("paced", new PeerPolicy { AdvertisementInterval = Five * 2 }), ActorRefs.NoSender);
        Announce("10.48.3.0/26");
        Assert.Equal(["- 10.48.1.0/26", "+ 10.48.3.0/26"], await HeardAsync(_paced));
        Announce();
        await RibIsDoneAsync();
        _scheduler.Advance(Five * 2);
        Assert.Equal(["- 10.48.3.0/26"], await HeardAsync(_paced));
    }

    /// <summary>The RIB has done all that it was told, so that the interval behind what it told last has begun.</summary>
    private Task RibIsDoneAsync() => _rib.Ask<RibProtocol.Description>(Introspection.Describe.Instance, TimeSpan.FromMinutes(1));

    private void Announce(params string[] prefixes) => _rib.Tell(
        new RibProtocol.SetBlocks([.. prefixes.Select(prefix => new LocalRoute(IpPrefix.Parse(prefix), LocalRouteKind.Block))]), ActorRefs.NoSender);

    private void Up(string name, string address, TimeSpan interval, Recorder recorder)
    {
        var spec = new PeerSpec
        {
            Name = name,
            Type = PeerType.Global,
            Session = new SessionSettings { LocalAs = 64512, RouterId = 1, PeerAs = 65001, PeerAddress = IpAddr.Parse(address) },
            Policy = new PeerPolicy { AdvertisementInterval = interval },
        };
        var terms = new PeerTerms
        {
            PeerRouterId = 2,
            Families = [new FamilyTerms(new UpdateFormat(IpFamily.V4, AddPath: false, FourByteAs: true), IpAddr.Parse("10.0.0.1"))],
        };
        _rib.Tell(new RibProtocol.PeerUp(spec, terms, 1), _system.ActorOf(Props.Create(() => new Recorder.Actor(recorder)), name));
    }

    /// <summary>What the peer is told next.</summary>
    private static async Task<string[]> HeardAsync(Recorder peer)
    {
        var transmit = await peer.NextAsync<PeerProtocol.Transmit>();
        var framer = new Framer();
        var decoder = new UpdateDecoder(new UpdateContext(true, false, IpFamily.V4));
        using var batch = new UpdateBatch();
        foreach (var buffer in transmit.Buffers) framer.Append(buffer.Span);
        while (framer.TryRead(out var frame, out _)) Assert.True(decoder.TryDecode(frame.Body, batch, out _));
        return
        [
            .. batch.Operations.ToArray().Select(each => each.Kind switch
            {
                RouteOperationKind.Announce => $"+ {each.Nlri.Prefix}",
                RouteOperationKind.Withdraw => $"- {each.Nlri.Prefix}",
                _ => "End-of-RIB",
            }),
        ];
    }
}
