namespace Agent.Resources;

/// <summary>A stored resource cannot be understood: which one, which member, what it holds and what was
/// expected.</summary>
public sealed class ResourceFormatException(ResourceKey key, FieldError error)
    : Exception($"{key}: error with field {error}")
{
    /// <summary>Which resource.</summary>
    public ResourceKey Key { get; } = key;

    /// <summary>Which member, and what is wrong with it.</summary>
    public FieldError Error { get; } = error;
}
