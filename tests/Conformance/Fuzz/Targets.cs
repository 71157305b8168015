using System.Runtime.CompilerServices;
using Agent.Bgp;
using Agent.Bgp.Recordings;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Fuzz;

/// <summary>What is fuzzed: each target takes any bytes and fails when what it knows to be true of every input is not.</summary>
/// <remarks>No target may throw anything else, nor allocate more than <see cref="MostAllocated"/> and 4 KiB a byte. An input is the body of a
/// message, without its header; for <c>framer</c> and <c>session</c> it is what comes from TCP.</remarks>
internal static class Targets
{
    private const long Mebibyte = 1024 * 1024;
    /// <summary>Attributes that fill a message of the usual size cannot be announced, the routes are withdrawn instead (RFC 4271 §9.2);
    /// those of an input that is shorter than this fit.</summary>
    public const int MostRewritten = 3000;
    private static readonly IpFamily[] Both = [IpFamily.V4, IpFamily.V6];

    /// <summary>Every kind of peer that UPDATEs are read from.</summary>
    private static readonly UpdateContext[] Contexts =
    [
        .. from fourByteAs in new[] { true, false }
           from isInternal in new[] { true, false }
           from addPath in new[] { true, false }
           from extendedNextHop in new[] { true, false }
           select new UpdateContext(fourByteAs, isInternal, [.. Both], addPath ? [.. Both] : [], extendedNextHop),
    ];

    private static readonly SessionSettings Settings = new()
    {
        LocalAs = 64512,
        RouterId = 0x0a000001,
        PeerAs = 64512,
        PeerAddress = IpAddr.Parse("10.0.0.2"),
        Families = [.. Both],
    };

    private static readonly byte[] Handshake = [.. Bytes(new BgpMessage.Open(PeerOpen)), .. Bytes(BgpMessage.KeepAlive.Instance)];

    private static OpenMessage PeerOpen => new(64512, 90, 0x0a000002,
    [
        new Capability.MultiProtocol(IpFamily.V4), new Capability.MultiProtocol(IpFamily.V6), new Capability.RouteRefresh(),
        new Capability.EnhancedRouteRefresh(), new Capability.FourOctetAs(64512),
    ]);

    /// <summary>The targets by name.</summary>
    public static readonly SortedDictionary<string, Action<byte[]>> All = new(StringComparer.Ordinal)
    {
        ["framer"] = Framer,
        ["notification"] = Notification,
        ["open"] = Open,
        ["refresh"] = Refresh,
        ["rib"] = RibTarget.Run,
        ["session"] = Session,
        ["text"] = Text,
        ["update"] = Update,
    };

    /// <summary>How much an empty input may allocate; its operations are at most as many as its bytes, so that each byte may add
    /// little.</summary>
    /// <remarks>A RIB begins with room for a table, and that target makes several.</remarks>
    public static long MostAllocated(string target) => target == "rib" ? 8 * Mebibyte : Mebibyte;

    /// <summary>However bytes are cut, the same messages and the same error come.</summary>
    private static void Framer(byte[] input)
    {
        var whole = Frames(input, input.Length);

        for (var piece = 1; piece < input.Length; piece = piece * 3 + 1)
        {
            var pieces = Frames(input, piece);
            True(whole.SequenceEqual(pieces, StringComparer.Ordinal), $"in pieces of {piece} bytes: {string.Join(' ', pieces)}, not {string.Join(' ', whole)}");
        }
    }

    /// <summary>A NOTIFICATION that is read is written as it came.</summary>
    private static void Notification(byte[] input)
    {
        if (!NotificationCodec.TryDecode(input, out var error) || error is null) return;
        True(BgpErrors.Describe(error).Length > 0, "an error has no words");
        True(NotificationCodec.ShutdownText(error)?.Contains('\0', StringComparison.Ordinal) != true, "a shutdown text has a NUL");
        if (input.Length <= MessageCodec.MaxMessageSize - MessageCodec.HeaderSize) Same(input, Bytes(new BgpMessage.Notification(error)));
    }

    /// <summary>An OPEN that is read, written and read again is the same; one that is not read has an error of OPEN.</summary>
    private static void Open(byte[] input)
    {
        if (!OpenCodec.TryDecode(input, out var open, out var error))
        {
            True(error.Code == BgpErrorCode.OpenMessage, $"an OPEN is refused with {error.Code}");
            return;
        }

        var buffer = new byte[2 * MessageCodec.MaxExtendedMessageSize];
        var size = OpenCodec.Write(buffer, open);
        True(OpenCodec.TryDecode(buffer.AsSpan(MessageCodec.HeaderSize, size - MessageCodec.HeaderSize), out var again, out error),
            $"what was written is refused: {error}");
        // 65535 is no AS (RFC 7300): it is written like one that does not fit.
        if (open.Asn == ushort.MaxValue && open.Find<Capability.FourOctetAs>() is null) open = open with { Asn = OpenCodec.AsTrans };
        True(again is not null && again.Equals(open), $"{open} became {again}");
    }

    /// <summary>A ROUTE-REFRESH has four bytes, whatever they are.</summary>
    private static void Refresh(byte[] input) =>
        True(RouteRefreshCodec.TryDecode(input, out _) == (input.Length == 4), $"{input.Length} bytes");

    /// <summary>A session takes anything; when it ends it says why, and afterwards it does nothing.</summary>
    private static void Session(byte[] input)
    {
        var id = new ConnectionId(ConnectionSide.Incoming, 1);
        var session = new BgpSession(Settings, new Random(1));
        session.Step(new SessionInput.Start());
        session.Step(new SessionInput.Accepted(id, IpAddr.Parse("10.0.0.1")));
        session.Receive(id, Handshake);
        True(session.Status.Phase == SessionPhase.Established, "the session does not come up");

        var effects = session.Receive(id, input);

        foreach (var effect in effects)
        {
            foreach (var line in EffectText.Lines(effect)) True(line.Length > 0, "an effect has no words");
            if (effect is SessionEffect.Report(PeerNews.Updates(var batch))) batch.Dispose();
        }

        var closed = effects.Any(effect => effect is SessionEffect.Close(var gone) && gone == id);
        True(closed == (session.Status.Phase != SessionPhase.Established), "a closed connection is established");
        True(!closed || session.Status.LastError.Length > 0, "the session ended without a reason");
        True(!closed || session.Receive(id, input).Count == 0, "a connection that is gone is heard");
    }

    /// <summary>There are words for everything.</summary>
    private static void Text(byte[] input) => True(input.Length == 0 || MessageText.Describe(input).Count > 0, "there are no words");

    /// <summary>RFC 7606 by another reading of it (<see cref="Rfc7606"/>): what resets leaves nothing, what is treated as withdrawn announces
    /// nothing; what is announced is the same when it is written and read again.</summary>
    private static void Update(byte[] input)
    {
        foreach (var context in Contexts)
        {
            using var batch = new UpdateBatch();
            var decoder = new UpdateDecoder(context);
            var isRead = decoder.TryDecode(input, batch, out var error);
            var answer = !isRead ? Rfc7606.Answer.Reset
                : decoder.Complaint is { Treatment: UpdateTreatment.TreatAsWithdraw } ? Rfc7606.Answer.Withdraw
                : Rfc7606.Answer.Stands;
            if (Rfc7606.Of(input, context) is { } expected)
                True(answer == expected, $"RFC 7606 says {expected}, we {answer}: {error?.ToString() ?? decoder.Complaint?.Describe()}; {context}");
            if (!isRead)
            {
                True(error!.Code == BgpErrorCode.UpdateMessage, $"an UPDATE is refused with {error.Code}");
                True(batch.IsEmpty, "an UPDATE that resets the session left something behind");
                continue;
            }

            var operations = batch.Operations;
            var sets = batch.Attributes;
            var reader = new UpdateDecoder(context);
            foreach (var operation in operations)
            {
                if (operation.Kind != RouteOperationKind.Announce) continue;
                True(decoder.Complaint is not { Treatment: UpdateTreatment.TreatAsWithdraw }, "what is treated as withdrawn is announced");
                if (input.Length < MostRewritten) WriteAndRead(operation, sets[operation.Attributes], context, reader);
            }
        }
    }

    private static void WriteAndRead(RouteOperation operation, PathAttributes attributes, UpdateContext context, UpdateDecoder decoder)
    {
        var hasPathIds = context.AddPath.Contains(operation.Family);
        var format = new UpdateFormat(operation.Family, hasPathIds, context.FourByteAs, ExtendedNextHop: context.ExtendedNextHop);
        Span<byte> buffer = stackalloc byte[MessageCodec.MaxMessageSize];
        var size = UpdateCodec.WriteAnnouncement(buffer, attributes, format, [operation.Nlri], out var consumed);
        True(consumed == 1, "a route that was read cannot be written");
        using var again = new UpdateBatch();
        var body = buffer[MessageCodec.HeaderSize..size];
        True(decoder.TryDecode(body, again, out var error), $"what was written is refused: {error}; {MessageText.Describe(buffer[..size])[0]}");
        True(decoder.Complaint is null, $"what was written is malformed: {decoder.Complaint}; {MessageText.Describe(buffer[..size])[0]}");
        True(again.Operations.Length == 1 && again.Operations[0].Nlri == operation.Nlri, "another route came back");
        var expected = attributes with
        {
            // What we do not know is passed on with the Partial bit (RFC 4271 §5), the unused bits of the flags as 0 (§4.3).
            Unknown = [.. attributes.Unknown.Select(each => each with { Flags = (byte)(each.Flags & 0xe0 | (IsKnown(each.Type) ? 0 : 0x20)) })],
        };
        True(again.Attributes[0].Equals(expected), $"{RouteText.Write(expected)} became {RouteText.Write(again.Attributes[0])}");
    }

    /// <summary>EXTENDED_COMMUNITIES and ONLY_TO_CUSTOMER are known, though kept as bytes.</summary>
    private static bool IsKnown(byte type) => type is 16 or 35;

    private static List<string> Frames(byte[] input, int piece)
    {
        var framer = new Framer();
        var frames = new List<string>();
        for (var at = 0; at < input.Length; at += piece)
        {
            framer.Append(input.AsSpan(at, Math.Min(piece, input.Length - at)));
            while (true)
            {
                if (framer.TryRead(out var frame, out var error)) frames.Add($"{frame.Type}:{Convert.ToHexStringLower(frame.Body)}");
                else if (error is null) break;
                else return [.. frames, error.ToString()];
            }
        }

        return frames;
    }

    private static byte[] Bytes(BgpMessage message)
    {
        var buffer = new byte[MessageCodec.MaxMessageSize];
        return buffer[..MessageCodec.Write(buffer, message)];
    }

    private static void Same(byte[] body, byte[] message) =>
        True(message.AsSpan(MessageCodec.HeaderSize).SequenceEqual(body), $"{Convert.ToHexStringLower(body)} is written as {Convert.ToHexStringLower(message)}");

    /// <summary>Fails with what is otherwise so.</summary>
    public static void True(bool condition, string otherwise)
    {
        if (!condition) throw new FuzzException(otherwise);
    }

    /// <summary>The same; the text is made only when it is wanted.</summary>
    public static void True(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref FuzzText otherwise)
    {
        if (!condition) throw new FuzzException(otherwise.Finish());
    }
}

/// <summary>The text of a finding, made only where there is one.</summary>
[InterpolatedStringHandler]
internal ref struct FuzzText
{
    private DefaultInterpolatedStringHandler _text;

    public FuzzText(int literalLength, int formattedCount, bool condition, out bool isWanted)
    {
        isWanted = !condition;
        if (isWanted) _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string Finish() => _text.ToStringAndClear();
}

/// <summary>A target found something that must not be.</summary>
internal sealed class FuzzException(string message) : Exception(message);
