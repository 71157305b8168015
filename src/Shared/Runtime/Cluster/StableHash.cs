namespace Agent.Runtime.Cluster;

/// <summary>A hash of text that is the same on every node, in every process and every version.</summary>
internal static class StableHash
{
    private const ulong Prime = 1099511628211;

    /// <summary>FNV-1a over the UTF-16 units, then the finalizer of SplitMix64, so that all bits depend on all of the
    /// text.</summary>
    public static ulong Of(params ReadOnlySpan<string> parts)
    {
        var hash = 14695981039346656037UL;
        foreach (var part in parts)
        {
            foreach (var c in part)
                hash = unchecked((hash ^ c) * Prime);
            hash = unchecked((hash ^ 0x1F) * Prime);
        }

        return unchecked(Mix(hash));
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
