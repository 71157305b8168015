using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Bench.Speaker;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;
using Agent.Runtime.Hosting;

// The agent's BGP alone: the actors of peers and RIB over real TCP, on the thread pool. Every route is announced on;
// with --install the route programmer puts it into the kernel too (protocol 12), else none is programmed.
//
//   agent-speaker --address A --as N --router-id A --neighbors FILE [--install]
//
// FILE has one "address asn client|peer" per line; a client is an iBGP route reflector client. All neighbours dial, the
// speaker listens on A:179.
if (!SpeakerOptions.TryParse(args, out var options, out var complaint))
{
    Console.Error.WriteLine($"agent-speaker: {complaint}");
    Console.Error.WriteLine("usage: agent-speaker --address A --as N --router-id A --neighbors FILE [--install]");
    return 2;
}

Rehearsal.Run();
var system = RuntimeSystem.Create("speaker", new RuntimeSetup
{
    LogLevel = LogLevel.WarningLevel,
    LogSink = static entry => Console.Error.WriteLine($"{entry.Level} {entry.Message} {entry.Exception}"),
});
var rib = system.ActorOf(RibActor.For(), "rib");
var peers = system.ActorOf(PeerSetActor.For(rib, new TcpBgpTransport(), TimeProvider.System, new Random()), "bgp");
using var kernel = options.Install ? RtNetlinkKernel.Open() : null;
if (kernel is not null)
{
    system.ActorOf(RouteProgrammerActor.For(kernel, rib, peers), "routes");
}
else
{
    var connected = ConnectedHere();
    system.ActorOf(Props.Create(() => new SilentProgrammer(rib, peers, connected)), "routes");
}

rib.Tell(new RibProtocol.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("0.0.0.0/0"))] }));
rib.Tell(new RibProtocol.SetBlocks([]));
rib.Tell(new RibProtocol.SetServices([], [], []));
peers.Tell(new PeerSetProtocol.SetPeers(options.Peers));
peers.Tell(new PeerSetProtocol.SetListen(options.Address, 179));

var told = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
await told.Task;
await system.Terminate();
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    told.TrySetResult();
}

static ConnectedState ConnectedHere()
{
    var addresses = NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(each => each.GetIPProperties().UnicastAddresses.Select(address => (Link: each, address.Address, address.PrefixLength)))
        .Where(each => each.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(each.Address))
        .ToArray();
    return new ConnectedState
    {
        Networks =
        [
            .. addresses.Select(each => new ConnectedNetwork(
                new IpPrefix(IpAddr.From(each.Address), each.PrefixLength), each.Link.GetIPProperties().GetIPv4Properties().Index)),
        ],
        OwnAddresses = [.. addresses.Select(each => IpAddr.From(each.Address))],
    };
}
