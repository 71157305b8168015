using Agent.Bgp.Wire.Attributes;

namespace Agent.Bgp.Wire;

/// <summary>What becomes of a malformed UPDATE (RFC 7606 §2), the mildest first; the strongest that a message earns is
/// applied.</summary>
public enum UpdateTreatment
{
    /// <summary>The attribute is left out, the route stands.</summary>
    AttributeDiscard,

    /// <summary>The routes that the message announces are withdrawn instead.</summary>
    TreatAsWithdraw,

    /// <summary>The session ends with a NOTIFICATION.</summary>
    SessionReset,
}

/// <summary>What was wrong with an UPDATE: the error a NOTIFICATION would carry, and how it was treated.</summary>
public sealed record UpdateComplaint(UpdateTreatment Treatment, BgpError Error)
{
    private const int MostBytesShown = 32;

    /// <summary>What the error does not say, in words; empty for nothing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>For the log: <c>Invalid attribute length: MULTI_EXIT_DISC (8004020001)</c>.</summary>
    public string Describe()
    {
        var words = BgpErrors.Describe(Error);
        if (Reason.Length > 0) return $"{words}: {Reason}";
        return Error.Data.AsSpan() switch
        {
            [] => words,
            [var type] => $"{words}: {AttributeTable.NameOf((AttributeType)type)}",
            [_, var type, ..] whole => $"{words}: {AttributeTable.NameOf((AttributeType)type)} ({Start(whole)})",
        };
    }

    /// <summary>The stronger of two complaints; of equals the first.</summary>
    internal static UpdateComplaint Worse(UpdateComplaint? first, UpdateComplaint second) =>
        first is null || second.Treatment > first.Treatment ? second : first;

    private static string Start(ReadOnlySpan<byte> bytes) => bytes.Length <= MostBytesShown
        ? Convert.ToHexStringLower(bytes)
        : $"{Convert.ToHexStringLower(bytes[..MostBytesShown])}... of {bytes.Length} bytes";
}
