namespace Agent.Host;

/// <summary>The agent must not or cannot start here; the message says why and what to do.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
