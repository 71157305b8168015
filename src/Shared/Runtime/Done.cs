namespace Agent.Runtime;

/// <summary>The result of an operation that gives nothing but its completion, for use as a type argument.</summary>
public sealed class Done
{
    /// <summary>The one instance.</summary>
    public static readonly Done Instance = new();

    private Done()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => "Done";
}
