using Agent.Host.Settings;

namespace Agent.Host.Bootstrap;

/// <summary>
/// A node that has a journal was part of a cluster: where the cluster's file is gone, an empty one in its place would end every session and
/// withdraw every route. The agent creates the file on a node's first start only.
/// </summary>
internal static class LostDatastore
{
    /// <summary>Compares what is on the disk.</summary>
    /// <exception cref="StartRefusedException">The journal is there, the cluster's file is not.</exception>
    public static void Refuse(AgentSettings settings)
    {
        if (!settings.Datastore.StartsWith('/') || File.Exists(settings.Datastore) || !File.Exists(settings.Journal)) return;
        throw new StartRefusedException(
            $"the cluster datastore {settings.Datastore} is gone, though this node's journal {settings.Journal} is there; restore it from a backup or "
            + "from another host of the cluster, or move the journal away as well to begin a new cluster. The kernel keeps its routes meanwhile");
    }
}
