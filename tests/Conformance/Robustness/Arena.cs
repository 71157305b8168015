using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Conformance.Tests.Support;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>These run one after the other and beside nothing else: they measure what this process uses.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>Our speaker on 127.0.0.1, and a witness: a peer with a short hold time, which must not notice what the others do.</summary>
internal sealed class Arena : IDisposable
{
    public const byte WitnessHost = 99;

    private const int ShortestHold = 3;
    private const int LongestHold = 90;

    private Arena(Speaker node, ushort port) => (Node, Port) = (node, port);

    public Speaker Node { get; }

    public ushort Port { get; }

    public RawPeer Witness { get; private set; } = null!;

    /// <summary>The speaker with these peers besides the witness, whose session is established.</summary>
    public static async Task<Arena> CreateAsync(params PeerSpec[] peers)
    {
        var port = FreePort();
        var arena = new Arena(new Speaker("127.0.0.1", port), port);
        try
        {
            arena.Node.Peer([RawPeer.Spec(WitnessHost), .. peers]);
            await Eventually.BecomesAsync("the speaker listens", arena.IsListening, listens => listens);
            arena.Witness = (await RawPeer.EstablishAsync(WitnessHost, port, HoldSeconds())).Live();
            return arena;
        }
        catch
        {
            arena.Node.Dispose();
            throw;
        }
    }

    public async Task<RawPeer> PeerAsync(byte host, int receiveBuffer = 0) =>
        await RawPeer.EstablishAsync(host, Port, receiveBuffer: receiveBuffer);

    /// <summary>The witness has had one session all along, and so has the speaker with it.</summary>
    public async Task AssertWitnessAsync()
    {
        Assert.Equal("", Witness.Fault);
        var counters = (await Node.DescribeAsync(Witness.Name)).Counters;
        Assert.Equal((1, 0), (counters.Established, counters.Lost));
    }

    /// <summary>Waits until the speaker has taken in so many prefixes, and the witness has heard of them.</summary>
    public async Task KnownAsync(int routes)
    {
        await Eventually.BecomesAsync(
            "the witness knows the table", () => (Witness.RouteCount, Witness.Fault), seen => seen.RouteCount == routes || seen.Fault.Length > 0);
        await AssertWitnessAsync();
    }

    /// <summary>Bytes that this process holds, in objects that are in use.</summary>
    public static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    public void Dispose()
    {
        Witness.Dispose();
        Node.Dispose();
    }

    /// <summary>The shortest hold time that there is, 3 s (RFC 4271 §4.2), on a machine with nothing else to do; where more wait for a processor
    /// than there are, in proportion longer, so that it tells of the speaker and not of what runs beside it.</summary>
    private static int HoldSeconds()
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ', '/');
        var waiting = Math.Max(double.Parse(load[0], CultureInfo.InvariantCulture), double.Parse(load[3], CultureInfo.InvariantCulture));
        return Math.Clamp((int)Math.Ceiling(ShortestHold * waiting / Environment.ProcessorCount), ShortestHold, LongestHold);
    }

    private bool IsListening()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.0.{WitnessHost}"), 0));
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
