namespace Agent.Cni;

/// <summary>The versions of the CNI specification that the plugin speaks, and what each can say.</summary>
internal static class CniVersions
{
    /// <summary>From old to new.</summary>
    internal static IReadOnlyList<string> All { get; } = ["0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    /// <summary>What a configuration without <c>cniVersion</c> means.</summary>
    internal const string Default = "0.2.0";

    /// <summary>The newest.</summary>
    internal const string Newest = "1.1.0";

    /// <summary>True when the version is at least another; both are of <see cref="All"/>.</summary>
    internal static bool IsAtLeast(string version, string other) => string.CompareOrdinal(version, other) >= 0;

    /// <summary>The first version that has the verb; null for those that always were.</summary>
    internal static string? IntroducedIn(string command) => command switch
    {
        "CHECK" => "0.4.0",
        "GC" or "STATUS" => "1.1.0",
        _ => null,
    };
}
