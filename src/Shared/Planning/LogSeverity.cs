namespace Agent.Planning;

/// <summary>From which weight on BGP logs: <c>logSeverityScreen</c> of a BGPConfiguration (spec calico-bgp 1.1,
/// 7.4).</summary>
public enum LogSeverity
{
    /// <summary>Everything; Trace means the same.</summary>
    Debug,

    /// <summary>What sessions do.</summary>
    Info,

    /// <summary>What somebody should see to.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,

    /// <summary>What the agent ends of.</summary>
    Fatal,
}

/// <summary>How much BGP logs on a node.</summary>
public static class LogPlan
{
    /// <summary>The severity that the node's own configuration names, or else the cluster's; null where neither does,
    /// or with a word that Calico does not know.</summary>
    public static LogSeverity? For(ClusterSnapshot snapshot, string nodeName)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var word = snapshot.BgpOf(nodeName)?.LogSeverityScreen is { Length: > 0 } own
            ? own
            : snapshot.DefaultBgp.LogSeverityScreen;
        return word?.ToUpperInvariant() switch
        {
            "TRACE" or "DEBUG" => LogSeverity.Debug,
            "INFO" => LogSeverity.Info,
            "WARNING" => LogSeverity.Warning,
            "ERROR" => LogSeverity.Error,
            "FATAL" => LogSeverity.Fatal,
            _ => null,
        };
    }
}
