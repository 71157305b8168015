using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support;

/// <summary>The agent's own TCP transport, with its sockets in a network namespace: a speaker of this process then stands on a machine of the lab.</summary>
internal sealed class NamespaceTransport(NetworkNamespace netns) : IBgpTransport
{
    private readonly TcpBgpTransport _transport = new();

    // A socket belongs to the namespace of the thread that opens it, wherever it is used from then on.
    public Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation) =>
        netns.Run(() => _transport.DialAsync(session, password, cancellation));

    public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted) =>
        netns.Run(() => _transport.Listen(address, port, onAccepted));
}
