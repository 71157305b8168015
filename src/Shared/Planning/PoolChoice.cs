using System.Collections.Immutable;
using System.Text.Json;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>Who asks for an address, as the choice of pools needs to know it.</summary>
public sealed record PoolRequest
{
    /// <summary>The annotation by which pods and namespaces ask for IPv4 pools.</summary>
    public const string IPv4PoolsAnnotation = "cni.projectcalico.org/ipv4pools";

    /// <summary>The annotation by which pods and namespaces ask for IPv6 pools.</summary>
    public const string IPv6PoolsAnnotation = "cni.projectcalico.org/ipv6pools";

    /// <summary>The node on which the address is assigned.</summary>
    public required string Node { get; init; }

    /// <summary>The family.</summary>
    public IpFamily Family { get; init; } = IpFamily.V4;

    /// <summary>What the address is for.</summary>
    public AllowedUse Use { get; init; } = AllowedUse.Workload;

    /// <summary>The pod's namespace; null for addresses of nodes.</summary>
    public string? Namespace { get; init; }

    /// <summary>The pod's annotations; empty for addresses of nodes.</summary>
    public ImmutableSortedDictionary<string, string> PodAnnotations { get; init; } = Resource.EmptyMap;

    /// <summary>The pools that the CNI configuration names for the family: names or CIDRs.</summary>
    public ValueList<string> ConfiguredPools { get; init; }
}

/// <summary>Which pools serve a request, in the order in which they are tried; or why none does (spec
/// calico-ipam-cni-cli 2.2).</summary>
/// <param name="Pools">The pools; empty where there is an error.</param>
/// <param name="Error">Calico's words for why there is none; null where there is one.</param>
public sealed record PoolChoice(ImmutableArray<IPPool> Pools, string? Error)
{
    /// <summary>Chooses the pools of a request.</summary>
    /// <remarks>
    /// What is asked for, by the pod's annotation, else the namespace's, else the CNI configuration, is used in that
    /// order and whatever the selectors and the assignment mode say; that is how a pool with <c>nodeSelector:
    /// "!all()"</c> serves a namespace. Only where nothing is asked for do selectors choose.
    /// </remarks>
    public static PoolChoice For(ClusterSnapshot snapshot, PoolRequest request)
    {
        if (!snapshot.Nodes.TryGetValue(request.Node, out var node))
            return Refuse($"there is no Node '{request.Node}'");
        if (!TryRequested(snapshot, request, out var requested, out var error)) return Refuse(error);

        var enabled = snapshot.Pools.Values.Where(pool => pool.Cidr.Family == request.Family && IsEnabled(pool))
            .ToList();
        List<IPPool> chosen = [];
        if (requested.Count > 0)
        {
            foreach (var cidr in requested)
            {
                if (enabled.Find(pool => pool.Cidr == cidr) is not { } pool)
                    return Refuse($"the given pool ({cidr}) does not exist, or is not enabled");
                chosen.Add(pool);
            }
        }
        else
        {
            var space = request.Namespace is { } name && snapshot.Namespaces.TryGetValue(name, out var found)
                ? found.Labels
                : Resource.EmptyMap;
            foreach (var pool in enabled.Where(pool => pool.AssignmentMode == AssignmentMode.Automatic))
            {
                if (!Selector.TryParse(pool.NodeSelector, out var nodes, out var wrong)
                    || !Selector.TryParse(pool.NamespaceSelector, out var spaces, out wrong))
                    return Refuse($"IPPool({pool.Name}): {wrong}");
                if (nodes.Matches(node.Labels) && spaces.Matches(space)) chosen.Add(pool);
            }
        }

        if (chosen.Count == 0) return Refuse($"no configured Calico pools for node {request.Node}");
        var usable = chosen.Where(pool => pool.AllowedUses.Contains(request.Use)).ToImmutableArray();
        return usable.IsEmpty
            ? Refuse($"cannot find a qualified ippool, no pools match the required use ({request.Use})")
            : new PoolChoice(usable, null);
    }

    /// <summary>Whether a pool gives out anything at all: not disabled, and not marked as not allocatable.</summary>
    public static bool IsEnabled(IPPool pool)
    {
        if (pool.Disabled) return false;
        if (pool.Status.ValueKind != JsonValueKind.Object
            || !pool.Status.TryGetProperty("conditions", out var conditions)) return true;
        return conditions.ValueKind != JsonValueKind.Array || !conditions.EnumerateArray().Any(condition =>
            Text(condition, "type") == "Allocatable" && Text(condition, "status") == "False");

        static string? Text(JsonElement condition, string member) =>
            condition.ValueKind == JsonValueKind.Object && condition.TryGetProperty(member, out var value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }

    private static bool TryRequested(ClusterSnapshot snapshot, PoolRequest request, out List<IpPrefix> cidrs,
        out string error)
    {
        (cidrs, error) = ([], "");
        var annotation = request.Family == IpFamily.V4
            ? PoolRequest.IPv4PoolsAnnotation
            : PoolRequest.IPv6PoolsAnnotation;
        IEnumerable<string> wished = request.ConfiguredPools;
        var text = request.PodAnnotations.GetValueOrDefault(annotation)
            ?? (request.Namespace is { } name && snapshot.Namespaces.TryGetValue(name, out var space)
                ? space.Metadata.Annotations.GetValueOrDefault(annotation)
                : null);
        if (text is not null)
        {
            if (!TryParseList(text, out var listed))
            {
                error = $"annotation {annotation} must be a JSON list of pool names or CIDRs, not '{text}'";
                return false;
            }

            wished = listed;
        }

        foreach (var wish in wished)
        {
            if (!IpPrefix.TryParse(wish, out var cidr))
            {
                if (!snapshot.Pools.TryGetValue(wish, out var pool))
                {
                    error = $"error parsing pool \"{wish}\": there is no IPPool of that name";
                    return false;
                }

                cidr = pool.Cidr;
            }

            if (cidr.Family != request.Family)
            {
                error = $"\"{cidr.Address}\" isn't a {(request.Family == IpFamily.V4 ? "IPv4" : "IPv6")} address";
                return false;
            }

            cidrs.Add(cidr);
        }

        return true;
    }

    private static bool TryParseList(string text, out List<string> items)
    {
        items = [];
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Array) return false;
            foreach (var item in document.RootElement.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String) return false;
                items.Add(item.GetString()!);
            }

            return true;
        }
        catch (JsonException)
        {
            // A user's text: the caller names it and the annotation that holds it.
            return false;
        }
    }

    private static PoolChoice Refuse(string error) => new([], error);
}
