using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Actors.Tests.Support;

/// <summary>A router at 127.0.0.2, on real sockets, that says what the test has it say.</summary>
internal sealed class LoopbackPeer : IDisposable
{
    public const uint AsNumber = 64999;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener = new(IPAddress.Parse("127.0.0.2"), 0);

    public LoopbackPeer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>An OPEN with which the agent agrees.</summary>
    public static OpenMessage GoodOpen { get; } = new(
        AsNumber, 90, 0x7f000002, [new Capability.MultiProtocol(IpFamily.V4), new Capability.FourOctetAs(AsNumber)]);

    /// <summary>The agent's next connection, its OPEN read.</summary>
    public async Task<Conversation> AcceptAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var conversation = new Conversation(await _listener.AcceptTcpClientAsync(limit.Token));
        Assert.Equal(BgpMessageType.Open, (await conversation.ReadAsync()).Type);
        return conversation;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>One connection.</summary>
    public sealed class Conversation(TcpClient client) : IDisposable
    {
        private readonly NetworkStream _stream = client.GetStream();

        public Task SendAsync(params BgpMessage[] messages)
        {
            var buffer = new byte[MessageCodec.MaxMessageSize];
            return SendBytesAsync([.. messages.SelectMany(message => buffer.AsSpan(0, MessageCodec.Write(buffer, message)).ToArray())]);
        }

        public async Task SendBytesAsync(byte[] bytes)
        {
            using var limit = new CancellationTokenSource(Patience);
            await _stream.WriteAsync(bytes, limit.Token);
        }

        /// <summary>The next message: type and body.</summary>
        public async Task<(BgpMessageType Type, byte[] Body)> ReadAsync()
        {
            using var limit = new CancellationTokenSource(Patience);
            var header = new byte[MessageCodec.HeaderSize];
            await _stream.ReadExactlyAsync(header, limit.Token);
            var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(16)) - MessageCodec.HeaderSize];
            await _stream.ReadExactlyAsync(body, limit.Token);
            return ((BgpMessageType)header[18], body);
        }

        /// <summary>Code and subcode of the NOTIFICATION that comes, whatever comes before it.</summary>
        public async Task<string> ReadNotificationAsync()
        {
            while (true)
            {
                var (type, body) = await ReadAsync();
                if (type == BgpMessageType.Notification) return $"{body[0]}/{body[1]}";
            }
        }

        /// <summary>Opens as a well-behaved peer does; done when the agent sends routes (End-of-RIB at least), so is established.</summary>
        public async Task EstablishAsync(ushort holdTime = 90)
        {
            await SendAsync(new BgpMessage.Open(GoodOpen with { HoldSeconds = holdTime }), BgpMessage.KeepAlive.Instance);
            while ((await ReadAsync()).Type != BgpMessageType.Update)
            {
                // KEEPALIVE comes first.
            }
        }

        public void Dispose() => client.Dispose();
    }
}
