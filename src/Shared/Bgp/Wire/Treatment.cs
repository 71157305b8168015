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
    /// <summary>The stronger of two complaints; of equals the first.</summary>
    internal static UpdateComplaint Worse(UpdateComplaint? first, UpdateComplaint second) =>
        first is null || second.Treatment > first.Treatment ? second : first;
}
