using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>One peer's actor and a real BIRD 2 over loopback: every capability on, and none; roles that do not fit.</summary>
public sealed class BirdCapabilityTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly IpAddr BirdAddress = IpAddr.Parse("127.0.0.2");
    private static readonly IpAddr OwnAddress = IpAddr.Parse("127.0.0.3");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("t-bird-");
    private readonly int _port = FreePort();
    private readonly ActorSystem _system = RuntimeSystem.Create("a", new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });
    private readonly Recorder _rib = new();
    private Process? _bird;

    [Fact]
    public async Task Every_capability_is_agreed_on_and_used()
    {
        await StartBirdAsync(
            "local role provider; require roles on; enable extended messages on; advertise hostname on; graceful restart on;"
            + "long lived graceful restart on; long lived stale time 3600;",
            "add paths on; extended next hop on;");
        var peer = StartPeer(new CapabilityOffer
        {
            RestartAfterNotification = true,
            LongLivedStaleTime = TimeSpan.FromMinutes(5),
            ExtendedMessages = true,
            ExtendedNextHop = true,
            HostName = "node1",
            Role = BgpRole.Customer,
            RequiresRole = true,
        });

        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        Assert.Equal((BgpRole.Customer, true, true, true), (up.Terms.Role, up.Terms.EnhancedRefresh, up.Terms.LongLivedRestart, up.Terms.GracefulRestart));
        Assert.Equal(new UpdateFormat(IpFamily.V4, true, true, true, true), Assert.Single(up.Terms.Families).Format);
        var told = Assert.IsType<PeerProtocol.Description>(await peer.Ask<object>(Describe.Instance, Patience));
        Assert.Equal(new LongLivedStale(IpFamily.V4, TimeSpan.FromHours(1), false), Assert.Single(told.Terms!.Restart!.LongLived));
        Assert.Contains(told.Received, capability => capability is Capability.HostName);

        // Once it announces, BIRD too has the session established, and shows what was agreed on.
        await AnnouncedAsync(pathIds: true);
        var seen = await AskAsync("show protocols all node");
        var neighbour = seen[seen.IndexOf("Neighbor capabilities", StringComparison.Ordinal)..];
        foreach (var capability in new[]
        {
            "Multiprotocol", "Route refresh", "Extended next hop", "Extended message", "Graceful restart", "4-octet AS numbers",
            "ADD-PATH", "Enhanced refresh", "Long-lived graceful restart", "Hostname: node1", "Role: customer",
        }) Assert.Contains(capability, neighbour, StringComparison.Ordinal);
        Assert.Contains("LL stale time: 300", neighbour, StringComparison.Ordinal);

        peer.Tell(new PeerProtocol.RequestRefresh(), ActorRefs.NoSender);
        await _rib.NextAsync<RibProtocol.RefreshBegun>();
        await AnnouncedAsync(pathIds: true);
        await _rib.NextAsync<RibProtocol.RefreshEnded>();

        Kill();
        var down = await _rib.NextAsync<RibProtocol.PeerDown>();
        Assert.Equal(TimeSpan.FromSeconds(120), down.KeepFor);
        Assert.Equal([new LongLivedStale(IpFamily.V4, TimeSpan.FromHours(1), false)], down.LongLived.ToArray());
    }

    [Fact]
    public async Task Without_any_capability_the_session_speaks_plain_BGP_4()
    {
        await StartBirdAsync("capabilities off;", "");
        var peer = StartPeer(
            new CapabilityOffer
            {
                MultiProtocol = false,
                RouteRefresh = false,
                EnhancedRouteRefresh = false,
                FourOctetAs = false,
                AddPath = AddPathMode.None,
                LongLivedRestart = false,
            },
            restartTime: TimeSpan.Zero);

        var up = await _rib.NextAsync<RibProtocol.PeerUp>();
        Assert.Equal(new UpdateFormat(IpFamily.V4, false, false), Assert.Single(up.Terms.Families).Format);
        await AnnouncedAsync(pathIds: false);
        var told = Assert.IsType<PeerProtocol.Description>(await peer.Ask<object>(Describe.Instance, Patience));
        Assert.Empty(told.Offered);
        Assert.Empty(told.Received);
        Kill();
        Assert.Null((await _rib.NextAsync<RibProtocol.PeerDown>()).KeepFor);
    }

    [Fact]
    public async Task Roles_that_do_not_fit_are_refused_by_name()
    {
        await StartBirdAsync("local role provider;", "");
        StartPeer(new CapabilityOffer { Role = BgpRole.Peer });

        SessionStatus status;
        do status = (await _rib.NextAsync<PeerSetProtocol.StatusChanged>()).Status;
        while (!status.LastError.EndsWith(": Role mismatch", StringComparison.Ordinal));
        Assert.Equal(SessionPhase.Idle, status.Phase);
    }

    public void Dispose()
    {
        _system.Dispose();
        Kill();
        _bird?.Dispose();
        _folder.Delete(recursive: true);
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, name);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(BirdAddress.ToIPAddress(), 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>BIRD waits for us and announces one route, not by way of its loopback address, which is no next hop.</summary>
    private async Task StartBirdAsync(string session, string channel)
    {
        await File.WriteAllTextAsync(FileOf("bird.conf"), $$"""
            router id {{BirdAddress}};
            protocol device { }
            protocol static { ipv4; route 10.9.0.0/24 blackhole; }
            protocol bgp node {
              local {{BirdAddress}} port {{_port}} as 65001; neighbor {{OwnAddress}} as 64512; multihop; passive on; strict bind on;
              {{session}}
              ipv4 { import all; export filter { bgp_next_hop = 10.0.0.2; accept; }; {{channel}} };
            }

            """);
        _bird = Process.Start(new ProcessStartInfo("bird", ["-f", "-c", FileOf("bird.conf"), "-s", FileOf("bird.ctl"), "-P", FileOf("bird.pid")]))!;
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(FileOf("bird.ctl"))) await timer.WaitForNextTickAsync(patience.Token);
    }

    private async Task<string> AskAsync(string command)
    {
        using var birdc = Process.Start(new ProcessStartInfo("birdc", ["-s", FileOf("bird.ctl"), .. command.Split(' ')]) { RedirectStandardOutput = true })!;
        var answer = await birdc.StandardOutput.ReadToEndAsync();
        await birdc.WaitForExitAsync();
        return answer;
    }

    private void Kill()
    {
        if (_bird is not { HasExited: false } bird) return;
        bird.Kill();
        bird.WaitForExit();
    }

    private IActorRef StartPeer(CapabilityOffer offer, TimeSpan? restartTime = null)
    {
        var rib = _system.ActorOf(Props.Create(() => new Recorder.Actor(_rib)), "rib");
        var spec = new PeerSpec
        {
            Name = "bird",
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = 64512,
                RouterId = 0x7f000003,
                PeerAs = 65001,
                PeerAddress = BirdAddress,
                PeerPort = (ushort)_port,
                LocalAddress = OwnAddress,
                RestartTime = restartTime ?? TimeSpan.FromSeconds(120),
                Offer = offer,
            },
        };
        var peer = _system.ActorOf(BgpPeerActor.For(spec, rib, rib, new TcpBgpTransport(), TimeProvider.System, new Random(1)), "bird");
        peer.Tell(new PeerProtocol.Start(false), ActorRefs.NoSender);
        return peer;
    }

    private async Task AnnouncedAsync(bool pathIds)
    {
        while (true)
        {
            using var batch = (await _rib.NextAsync<RibProtocol.Updates>()).Batch;
            foreach (var operation in batch.Operations)
            {
                if (operation.Kind != RouteOperationKind.Announce) continue;
                Assert.Equal((IpPrefix.Parse("10.9.0.0/24"), pathIds), (operation.Nlri.Prefix, operation.Nlri.PathId != 0));
                return;
            }
        }
    }
}
