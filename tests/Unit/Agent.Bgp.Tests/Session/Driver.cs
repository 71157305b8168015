using System.Globalization;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Session;

/// <summary>One session, driven by hand; effects come back as lines of text, so that a test shows the whole answer.</summary>
internal sealed class Driver(SessionSettings settings)
{
    public static readonly ConnectionId Outgoing = new(ConnectionSide.Outgoing, 1);
    public static readonly ConnectionId Incoming = new(ConnectionSide.Incoming, 1);
    public static readonly IpAddr Local = IpAddr.Parse("10.0.0.1");

    /// <summary>Without the send hold timer, whose tests are <see cref="SendHoldTests"/>.</summary>
    public static readonly SessionSettings Mesh = new()
    {
        LocalAs = 64512,
        RouterId = 0x0a000001,
        PeerAs = 64512,
        PeerAddress = IpAddr.Parse("10.0.0.2"),
        SendHoldTime = TimeSpan.Zero,
    };

    /// <summary>The OPEN of a peer that agrees with <see cref="Mesh"/> and has the higher identifier.</summary>
    public static readonly OpenMessage PeerOpen = new(
        64512, 90, 0x0a000002,
        [
            new Capability.MultiProtocol(IpFamily.V4),
            new Capability.RouteRefresh(),
            new Capability.GracefulRestart(false, 120, [new GracefulRestartFamily(1, 1, false)]),
            new Capability.FourOctetAs(64512),
        ]);

    /// <summary>The same without graceful restart.</summary>
    public static readonly OpenMessage PlainOpen = PeerOpen with
    {
        Capabilities = [new Capability.MultiProtocol(IpFamily.V4), new Capability.RouteRefresh(), new Capability.FourOctetAs(64512)],
    };

    public BgpSession Session { get; } = new(settings, new FixedRandom());

    public string[] Step(SessionInput input) => Lines(Session.Step(input));

    public string[] Hear(ConnectionId connection, params BgpMessage[] messages) =>
        Lines(Session.Receive(connection, Bytes(messages)));

    public string[] HearBytes(ConnectionId connection, ReadOnlySpan<byte> bytes) => Lines(Session.Receive(connection, bytes));

    public string[] Fire(SessionTimerKind kind, ConnectionId connection = default) =>
        Step(new SessionInput.TimerFired(new SessionTimer(kind, connection)));

    public static byte[] Bytes(params BgpMessage[] messages)
    {
        var buffer = new byte[4096];
        return [.. messages.SelectMany(message => buffer.AsSpan(0, MessageCodec.Write(buffer, message)).ToArray())];
    }

    /// <summary>A session whose dial came through and whose OPEN is out.</summary>
    public static Driver AtOpenSent(SessionSettings? settings = null)
    {
        var driver = new Driver(settings ?? Mesh);
        driver.Step(new SessionInput.Start());
        driver.Step(new SessionInput.DialSucceeded(Outgoing, Local));
        return driver;
    }

    public static Driver AtOpenConfirm(SessionSettings? settings = null, OpenMessage? open = null)
    {
        var driver = AtOpenSent(settings);
        driver.Hear(Outgoing, new BgpMessage.Open(open ?? PeerOpen));
        return driver;
    }

    public static Driver AtEstablished(SessionSettings? settings = null, OpenMessage? open = null)
    {
        var driver = AtOpenConfirm(settings, open);
        driver.Hear(Outgoing, BgpMessage.KeepAlive.Instance);
        Assert.Equal(SessionPhase.Established, driver.Session.Status.Phase);
        return driver;
    }

    public static string[] Lines(IEnumerable<SessionEffect> effects) => [.. effects.Select(Line)];

    private static string Line(SessionEffect effect) => effect switch
    {
        SessionEffect.Dial(var connection) => $"dial {connection}",
        SessionEffect.Close(var connection) => $"close {connection}",
        SessionEffect.Send(var connection, var message) => $"send {connection} {Line(message)}",
        SessionEffect.Arm(var timer, var due) => $"arm {Line(timer)} {due.TotalSeconds.ToString(CultureInfo.InvariantCulture)}",
        SessionEffect.Disarm(var timer) => $"disarm {Line(timer)}",
        SessionEffect.Report(var news) => Line(news),
        _ => throw new ArgumentException($"unknown effect {effect}", nameof(effect)),
    };

    private static string Line(SessionTimer timer) =>
        timer.Connection == default ? $"{timer.Kind}" : $"{timer.Kind} {timer.Connection}";

    private static string Line(BgpMessage message) => message switch
    {
        BgpMessage.Open => "OPEN",
        BgpMessage.KeepAlive => "KEEPALIVE",
        BgpMessage.Notification(var error) => $"NOTIFICATION {(byte)error.Code}.{error.Subcode}",
        BgpMessage.RouteRefresh(var family, RefreshSubtype.Request) => $"ROUTE-REFRESH {family}",
        _ => throw new ArgumentException($"unknown message {message}", nameof(message)),
    };

    private static string Line(PeerNews news) => news switch
    {
        PeerNews.Up(var connection, _) => $"up {connection}",
        PeerNews.Down(_, var reason, var keepStale, _) => $"down {(keepStale ? "stale" : "gone")}: {reason}",
        PeerNews.Updates(var batch) => $"updates {batch.Operations.Length}",
        PeerNews.Malformed(var complaint) => $"malformed {complaint.Treatment}",
        PeerNews.RefreshRequested(var family) => $"refresh {family}",
        PeerNews.RefreshBegun(var family) => $"refresh {family} begins",
        PeerNews.RefreshEnded(var family) => $"refresh {family} ends",
        PeerNews.StateChanged(var status) => $"state {status.State} {status.Info}",
        _ => throw new ArgumentException($"unknown news {news}", nameof(news)),
    };

    /// <summary>Chance that never shortens a waiting time.</summary>
    private sealed class FixedRandom() : Random(0)
    {
        public override double NextDouble() => 0;
    }
}
