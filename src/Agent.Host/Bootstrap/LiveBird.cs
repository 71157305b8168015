namespace Agent.Host.Bootstrap;

/// <summary>Kernel routes with protocol 12 must have one writer: refuses to start where a BIRD runs in the same network
/// namespace.</summary>
internal static class LiveBird
{
    /// <summary>Looks through the processes of this host.</summary>
    /// <exception cref="StartRefusedException">A BIRD would write the same routes.</exception>
    public static void Refuse()
    {
        var own = new FileInfo("/proc/self/ns/net").LinkTarget;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd() is not ("bird" or "bird6")) continue;
                if (new FileInfo(Path.Combine(folder, "ns/net")).LinkTarget != own) continue;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The process ended while we looked, or is not ours to look at.
                continue;
            }

            throw new StartRefusedException(
                $"BIRD runs in this network namespace (process {pid}) and writes kernel routes with protocol 12, "
                + "which are this agent's; "
                + "stop it (on a Calico node: remove calico-node) and start the agent again");
        }
    }
}
