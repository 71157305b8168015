using System.Diagnostics;
using System.Globalization;
using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Bgp;

/// <summary>Both families over one connection of either, with a real BIRD 2 and real kernels (RFC 4760, RFC 8950).</summary>
/// <remarks>node (RIB, peers and route programmer, AS 64512) 10.0.0.10, fd00:10::10 - veth - 10.0.0.1, fd00:10::1 tor (BIRD, AS 65001).</remarks>
public sealed class BirdFamilyTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _last;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("t-family-");
    private readonly ActorSystem _system = RuntimeSystem.Create("a", new RuntimeSetup { Persistence = PersistenceSetup.InMemory() });
    private readonly NetworkNamespace _node;
    private readonly NetworkNamespace _tor;
    private readonly RtNetlinkKernel _kernel;
    private Process? _bird;

    public BirdFamilyTests()
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"t-fam-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
        (NodeName, TorName) = (prefix + "-node", prefix + "-tor");
        (_node, _tor) = (NetworkNamespace.Create(NodeName), NetworkNamespace.Create(TorName));
        Read("ip", "-n", NodeName, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", TorName);
        foreach (var (machine, host) in new[] { (NodeName, "10"), (TorName, "1") })
        {
            Read("ip", "-n", machine, "address", "add", $"10.0.0.{host}/24", "dev", "eth0");
            Read("ip", "-n", machine, "address", "add", $"fd00:10::{host}/64", "dev", "eth0", "nodad");
            foreach (var link in new[] { "lo", "eth0" }) Read("ip", "-n", machine, "link", "set", link, "up");
        }

        _kernel = RtNetlinkKernel.Open(NetworkNamespace.PathOf(NodeName));
    }

    private string NodeName { get; }

    private string TorName { get; }

    [Theory]
    [InlineData("10.0.0", ".", "fd00:10::10", false, "10.9.0.0/24 via 10.0.0.1 dev eth0", "fd00:9::/64 via fd00:10::1 dev eth0")]
    [InlineData("fd00:10", "::", "10.0.0.10", false, "10.9.0.0/24 via 10.0.0.1 dev eth0", "fd00:9::/64 via fd00:10::1 dev eth0")]
    [InlineData("fd00:10", "::", null, true, "10.9.0.0/24 via inet6 fd00:10::1 dev eth0", "fd00:9::/64 via fd00:10::1 dev eth0")]
    public async Task A_connection_of_either_family_carries_routes_of_both(
        string network, string separator, string? otherNextHop, bool extended, string v4, string v6)
    {
        var (own, peer) = ($"{network}{separator}10", $"{network}{separator}1");
        await StartBirdAsync(own, peer, extended);
        StartNode(own, peer, otherNextHop, extended);

        await BecomesAsync("the kernel has both routes", () => Read("ip", "-n", NodeName, "-4", "route") + Read("ip", "-n", NodeName, "-6", "route"),
            routes => routes.Contains($"{v4} proto bird", StringComparison.Ordinal) && routes.Contains($"{v6} proto bird", StringComparison.Ordinal));
        var v4Hop = extended ? "fd00:10::10" : "10.0.0.10";
        await BecomesAsync("BIRD has both of ours", () => Birdc("show", "route", "protocol", "node"),
            routes => Has(routes, "10.48.1.0/26", v4Hop) && Has(routes, "fd00:48::/122", "fd00:10::10"));
    }

    public void Dispose()
    {
        _system.Dispose();
        _kernel.Dispose();
        if (_bird is { HasExited: false } bird)
        {
            bird.Kill();
            bird.WaitForExit();
        }

        _bird?.Dispose();
        foreach (var (netns, name) in new[] { (_node, NodeName), (_tor, TorName) })
        {
            netns.Dispose();
            NetworkNamespace.Delete(name);
        }

        _folder.Delete(recursive: true);
    }

    private static bool Has(string routes, string prefix, string nextHop)
    {
        var lines = routes.Split('\n');
        var at = Array.FindIndex(lines, line => line.StartsWith(prefix + " ", StringComparison.Ordinal));
        return at >= 0 && lines[at + 1].Contains($"via {nextHop} on eth0", StringComparison.Ordinal);
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task StartBirdAsync(string own, string peer, bool extended)
    {
        var (v4Hop, channel) = extended ? ("fd00:10::1", "extended next hop on;") : ("10.0.0.1", "");
        await File.WriteAllTextAsync(FileOf("bird.conf"), $$"""
            router id 10.0.0.1;
            log "{{FileOf("bird.log")}}" all;
            protocol device { scan time 1; }
            protocol static static4 { ipv4; route 10.9.0.0/24 blackhole; }
            protocol static static6 { ipv6; route fd00:9::/64 blackhole; }
            protocol bgp node {
              local {{peer}} as 65001; neighbor {{own}} as 64512;
              connect delay time 1; connect retry time 1; error wait time 1, 2;
              ipv4 { import all; export where source = RTS_STATIC; next hop address {{v4Hop}}; {{channel}} };
              ipv6 { import all; export where source = RTS_STATIC; next hop address fd00:10::1; };
            }

            """);
        _bird = Process.Start(new ProcessStartInfo(
            "ip", ["netns", "exec", TorName, "bird", "-f", "-c", FileOf("bird.conf"), "-s", FileOf("bird.ctl"), "-P", FileOf("bird.pid")]))!;
        await BecomesAsync("BIRD listens", () => File.Exists(FileOf("bird.ctl")) ? "yes" : "no", there => there == "yes");
    }

    private void StartNode(string own, string peer, string? otherNextHop, bool extended)
    {
        var rib = _system.ActorOf(RibActor.For(), "rib");
        var peers = _system.ActorOf(PeerSetActor.For(rib, new InNamespace(_node), TimeProvider.System, new Random(1)), "bgp");
        _system.ActorOf(RouteProgrammerActor.For(_kernel, rib, peers), "routes");
        LocalRoute[] blocks =
        [
            new(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block), new(IpPrefix.Parse("fd00:48::/122"), LocalRouteKind.Block),
        ];
        rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { OwnBlocks = [.. blocks.Select(block => new OwnBlock(block.Prefix))] }), ActorRefs.NoSender);
        rib.Tell(new RibProtocol.SetBlocks([.. blocks]), ActorRefs.NoSender);
        rib.Tell(new RibProtocol.SetServices([], [], []), ActorRefs.NoSender);
        var spec = new PeerSpec
        {
            Name = "Global_tor",
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = 64512,
                RouterId = 0x0a00000a,
                PeerAs = 65001,
                PeerAddress = IpAddr.Parse(peer),
                LocalAddress = IpAddr.Parse(own),
                OtherNextHop = otherNextHop is null ? null : IpAddr.Parse(otherNextHop),
                Families = [IpFamily.V4, IpFamily.V6],
                Offer = new CapabilityOffer { ExtendedNextHop = extended },
            },
        };
        peers.Tell(new PeerSetProtocol.SetPeers([spec]), ActorRefs.NoSender);
        peers.Tell(new PeerSetProtocol.SetListen(null, 179), ActorRefs.NoSender);
    }

    private static async Task<string> BecomesAsync(string what, Func<string> look, Func<string, bool> satisfies)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var seen = look(); ; seen = look())
        {
            if (satisfies(seen)) return seen;
            if (patience.IsCancellationRequested) Assert.Fail($"it did not come about that {what}; last seen: {seen}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private string Birdc(params string[] command) => Read("birdc", ["-s", FileOf("bird.ctl"), .. command]);

    private static string Read(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    /// <summary>TCP of a namespace: a socket belongs to the one in which it was made.</summary>
    private sealed class InNamespace(NetworkNamespace netns) : IBgpTransport
    {
        private readonly TcpBgpTransport _inner = new();

        public Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation) =>
            netns.Run(() => _inner.DialAsync(session, password, cancellation));

        public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted) =>
            netns.Run(() => _inner.Listen(address, port, onAccepted));
    }
}
