using System.Collections.Immutable;
using System.Reflection;
using Agent.Bgp;
using Agent.Bgp.Recordings;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Recordings;

/// <summary>The text of recordings: read, written, refused; and that a replay notices what changed.</summary>
public sealed class RecordingTests
{
    private const string Peer = "peer A local-as=64512 router-id=10.0.0.1 peer-as=64512 peer-address=10.0.0.2";

    [Theory]
    [InlineData("line 1: a session needs local-as", "peer A local-as=64512")]
    [InlineData("line 1: 'hald' is no setting; there are local-as", Peer + " hald=90")]
    [InlineData("line 1: 'x' is no value of hold", Peer + " hold=x")]
    [InlineData("line 2: there is no line 'peer B ...'", Peer, "@0.000 B start")]
    [InlineData("line 2: an input is '@SECONDS NAME what happened'", Peer, "@soon A start")]
    [InlineData("line 2: 'explode' with 0 words behind it is no input", Peer, "@0.000 A explode")]
    [InlineData("line 2: 'sideways-1' is no connection: outgoing-1, incoming-1, ...", Peer, "@0.000 A received sideways-1 ff")]
    [InlineData("line 2: an effect must stand behind an input", Peer, "    dial outgoing-1")]
    [InlineData("line 3: a line is a comment (#), a setting (peer, rib; before all inputs)", Peer, "@0.000 A start", "rib own=10.0.0.1")]
    [InlineData("line 2: the RIB is 'rib own=ADDRESS,... connected=PREFIX,...'", Peer, "rib own=here")]
    [InlineData("a recording needs a line 'peer NAME key=value ...'", "# nothing")]
    public void A_text_that_is_no_recording_is_refused_with_the_line_and_the_reason(string reason, params string[] lines)
    {
        var error = Assert.Throws<RecordingException>(() => RecordingReader.Read(lines));

        Assert.StartsWith(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_of_a_session_comes_back_from_the_text()
    {
        var session = Changed(new SessionSettings { LocalAs = 1, RouterId = 2, PeerAs = 3, PeerAddress = IpAddr.Parse("10.0.0.4") }) with
        {
            PasswordRef = null,
        };
        var policy = new PeerPolicy
        {
            NextHopMode = NextHopMode.Self,
            ClientClusterId = 9,
            PrefixLimit = new(1000, 80),
            AllowedLocalAs = 2,
            HonoursGracefulShutdown = true,
            HonoursBlackhole = true,
        };
        string[] lines = [SettingsText.Line(new RecordedPeer("A", session, policy, 7))];

        var peer = Assert.Single(RecordingReader.Read(lines).Peers);

        Assert.Equal(session, peer.Session);
        Assert.Equal(policy, peer.Policy);
        Assert.Equal(7, peer.Seed);
    }

    public static TheoryData<string> Inputs() =>
    [
        "start", "start restarting", "restart-ended", "stop", "stop 6/4", "stop 6/2 0568656c6c6f", "stop-for-restart", "dialed outgoing-2 10.0.0.1",
        "dial-failed outgoing-2 Connection refused", "accepted incoming-3 2001:db8::1", "closed incoming-3", "closed incoming-3 Connection reset by peer",
        "timer ConnectRetry", "timer Hold incoming-3", "refresh ipv6", "reset", "reset 6/9 0604",
        "prefix-limit ipv4 1000/75/30", "output outgoing-1 1000 2000", "timer SendHold outgoing-1", "received outgoing-1 ffff", "originate 10.0.0.0/26 2001:db8::/64", "stale-expired",
        "stale-expired ipv4 ipv6", "long-lived-expired ipv4",
    ];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Every_input_is_written_as_it_was_read(string words)
    {
        var recording = RecordingReader.Read([Peer, "@1.250 A " + words]);

        Assert.Equal("@1.250 A " + words, recording.Lines().Last());
    }

    [Fact]
    public void A_replay_shows_which_step_differs_and_how()
    {
        var recorded = Replay.Run(RecordingReader.Read([Peer, "# The first dial.", "@0.000 A start"]));
        var changed = RecordingReader.Read(recorded.Lines().Select(line => line.Replace("ConnectRetry 30", "ConnectRetry 31", StringComparison.Ordinal)));

        Assert.Equal("", Replay.Difference(recorded, Replay.Run(recorded)));
        Assert.Equal(
            """
            # The first dial.
            @0.000 A start
              - arm ConnectRetry 31
                dial outgoing-1
              + arm ConnectRetry 30
                state start Connect

            """,
            Replay.Difference(changed, Replay.Run(changed)));
    }

    [Fact]
    public void What_bytes_say_is_shown_whatever_they_are()
    {
        Assert.Equal(["3 bytes, less than a header"], MessageText.Describe([1, 2, 3]));
        Assert.Equal(["20 bytes that are no message"], MessageText.Describe(new byte[20]));
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(1, 120)];
            random.NextBytes(bytes);
            bytes.AsSpan(0, Math.Min(16, bytes.Length)).Fill(0xff);
            if (bytes.Length > 18) (bytes[16], bytes[17], bytes[18]) = (0, (byte)bytes.Length, (byte)random.Next(1, 6));

            Assert.NotEmpty(Assert.Single(MessageText.Describe(bytes)));
        }
    }

    /// <summary>The record with another value in every property that can be set.</summary>
    private static T Changed<T>(T record) where T : notnull
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.SetMethod is not null) property.SetValue(record, Another(property.PropertyType, property.GetValue(record)));
        return record;
    }

    private static object? Another(Type type, object? value)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (bare.IsEnum) return Enum.GetValues(bare).Cast<object>().First(each => !each.Equals(value));
        return value switch
        {
            bool flag => !flag,
            CapabilityOffer offer => Changed(offer),
            TimeSpan time => time + TimeSpan.FromSeconds(5),
            ImmutableArray<IpFamily> => ImmutableArray.Create(IpFamily.V6, IpFamily.V4),
            IpAddr => IpAddr.Parse("10.0.0.77"),
            null when bare == typeof(IpAddr) => IpAddr.Parse("10.0.0.78"),
            null when bare == typeof(TimeSpan) => TimeSpan.FromSeconds(7),
            null when bare == typeof(string) => "text",
            string => "word",
            _ => Convert.ChangeType(42, bare, System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}
