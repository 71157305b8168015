using System.Collections.Immutable;
using Agent.Datastore;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Actors.Workloads;

/// <summary>What the datastore says of a pod at the time of its ADD: read anew, since the annotations decide the
/// pool.</summary>
/// <param name="Pod">The Pod; null where there is none, as for a container outside Kubernetes.</param>
/// <param name="Namespace">Its Namespace; null where there is none.</param>
/// <param name="Pools">Every IPPool.</param>
/// <param name="Problem">Why nothing could be read; null where it could.</param>
public sealed record PodDocuments(Resource? Pod, Resource? Namespace, ImmutableArray<Resource> Pools, string? Problem)
{
    private const int MostTries = 5;

    /// <summary>Reads the documents; a datastore that is away gives none, so that a node that is cut off goes on with
    /// what it knows.</summary>
    public static async Task<PodDocuments> ReadAsync(IDatastore datastore, PodProtocol.Sandbox sandbox)
    {
        ArgumentNullException.ThrowIfNull(datastore);
        ArgumentNullException.ThrowIfNull(sandbox);
        try
        {
            var pools = await datastore.ListAsync(Kinds.IPPool);
            if (sandbox.Namespace is null || sandbox.Pod is null)
                return new PodDocuments(null, null, [.. pools.Items], null);
            return new PodDocuments(
                await datastore.GetAsync(new ResourceKey(Kinds.Pod, sandbox.Pod, sandbox.Namespace)),
                await datastore.GetAsync(new ResourceKey(Kinds.Namespace, sandbox.Namespace)),
                [.. pools.Items],
                null);
        }
        catch (DatastoreUnavailableException error)
        {
            return new PodDocuments(null, null, [], error.Message);
        }
    }

    /// <summary>Notes the addresses in the Pod's annotations, as Calico's plugin does; returns why it could not, or
    /// null.</summary>
    public static async Task<string?> NoteAddressesAsync(IDatastore datastore, PodProtocol.Sandbox sandbox,
        ImmutableArray<IpAddr> addresses)
    {
        ArgumentNullException.ThrowIfNull(datastore);
        ArgumentNullException.ThrowIfNull(sandbox);
        if (sandbox.Namespace is null || sandbox.Pod is null) return null;
        try
        {
            var key = new ResourceKey(Kinds.Pod, sandbox.Pod, sandbox.Namespace);
            for (var attempt = 0; attempt < MostTries; attempt++)
            {
                if (await datastore.GetAsync(key) is not { } pod) return null;
                string[] hosts = [.. addresses.Select(address => IpPrefix.Host(address).ToString())];
                var noted = pod with
                {
                    Annotations = pod.Annotations
                        .SetItem("cni.projectcalico.org/podIP", hosts[0])
                        .SetItem("cni.projectcalico.org/podIPs", string.Join(',', hosts))
                        .SetItem("cni.projectcalico.org/containerID", sandbox.ContainerId),
                };
                if (await datastore.UpdateAsync(noted) is not WriteResult.Conflict) return null;
            }

            return $"{key} changes too often";
        }
        catch (DatastoreUnavailableException error)
        {
            return error.Message;
        }
    }
}
