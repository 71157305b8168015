using System.Net.Sockets;
using Agent.Actors.Tests.Support;
using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Lab.Tests.Support;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support;

/// <summary>A router that says what the test has it say, from a machine of the lab: it dials the node, which is passive.</summary>
internal static class RawPeer
{
    /// <summary>The node's side of a session with the router at 10.0.0.HOST.</summary>
    public static PeerSpec Spec(int host, uint asn, Func<SessionSettings, SessionSettings>? change = null) => new()
    {
        Name = $"to-{host}",
        Type = PeerType.Global,
        Session = (change ?? (settings => settings))(new SessionSettings
        {
            LocalAs = 64512,
            RouterId = IpAddr.Parse("10.0.0.10").V4Value,
            PeerAs = asn,
            PeerAddress = IpAddr.Parse($"10.0.0.{host}"),
            LocalAddress = IpAddr.Parse("10.0.0.10"),
            Passive = true,
            RestartTime = TimeSpan.Zero,
            Offer = new CapabilityOffer { AddPath = AddPathMode.None, LongLivedRestart = false },
        }),
    };

    /// <summary>An established session: the OPEN that the node sent, and the connection on which it waits for routes.</summary>
    public static async Task<(byte[] Open, LoopbackPeer.Conversation Conversation)> EstablishAsync(
        LabNetwork lab, string machine, int host, uint asn, params Capability[] capabilities)
    {
        var open = new OpenMessage(asn, 90, IpAddr.Parse($"10.0.0.{host}").V4Value, [.. capabilities]);
        var established = await Eventually.BecomesAsync<(byte[] Open, LoopbackPeer.Conversation Conversation)?>(
            "the node takes the session", async () =>
            {
                LoopbackPeer.Conversation? conversation = null;
                try
                {
                    conversation = new LoopbackPeer.Conversation(Dial(lab, machine));
                    var theirs = await conversation.ReadAsync();
                    await conversation.SendAsync(new BgpMessage.Open(open), BgpMessage.KeepAlive.Instance);
                    if (theirs.Type == BgpMessageType.Open && (await conversation.ReadAsync()).Type == BgpMessageType.KeepAlive)
                        return (theirs.Body, conversation);
                }
                catch (Exception error) when (error is IOException or SocketException)
                {
                    // The node does not listen yet, or not to us.
                }

                conversation?.Dispose();
                return null;
            },
            conversation => conversation is not null);
        return established!.Value;
    }

    /// <summary>An UPDATE of IPv4 routes.</summary>
    public static byte[] Update(string withdrawn, string attributes, string nlri) => Agent.Bgp.Tests.Wire.Octets.Message(
        BgpMessageType.Update, Agent.Bgp.Tests.Wire.Octets.Body(withdrawn, attributes, nlri));

    private static TcpClient Dial(LabNetwork lab, string machine)
    {
        using var netns = NetworkNamespace.Open(NetworkNamespace.PathOf(lab.Netns(machine)));
        return netns.Run(() =>
        {
            var client = new TcpClient();
            try
            {
                client.Connect("10.0.0.10", 179);
                return client;
            }
            catch
            {
                client.Dispose();
                throw;
            }
        });
    }
}
