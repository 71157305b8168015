using Agent.Planning;

namespace Agent.Actors.Bgp;

/// <summary>The log, as far as the cluster decides how much of BGP is in it.</summary>
public interface IBgpLog
{
    /// <summary>From now on events of this weight and above are logged; null leaves it to the agent's own
    /// setting.</summary>
    void SetSeverity(LogSeverity? severity);
}
