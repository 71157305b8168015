namespace Agent.Actors.Introspection;

/// <summary>The one question that every actor answers: with an immutable record of what its core knows. Inspection
/// changes nothing.</summary>
public sealed record Describe
{
    /// <summary>The question.</summary>
    public static Describe Instance { get; } = new();
}
