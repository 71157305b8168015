using Agent.Actors.Bgp;
using Agent.Actors.Routing;
using Agent.Bgp.Rib;

namespace Agent.Bench.Speaker;

/// <summary>Stands where a node has its route programmer: tells what is connected, once, and takes every route without a word.</summary>
internal sealed class SilentProgrammer : UntypedActor
{
    private readonly IActorRef _rib;
    private readonly IActorRef _peers;
    private readonly ConnectedState _connected;

    public SilentProgrammer(IActorRef rib, IActorRef peers, ConnectedState connected) =>
        (_rib, _peers, _connected) = (rib, peers, connected);

    protected override void PreStart()
    {
        _rib.Tell(new RibProtocol.SetConnected(_connected), Self);
        _peers.Tell(new PeerSetProtocol.KernelReady(RoutesKept: false), Self);
    }

    protected override void OnReceive(object message)
    {
        if (message is RouteProtocol.Merge merge) merge.Dispose();
        else if (message is not RouteProtocol.RestartComplete) Unhandled(message);
    }
}
