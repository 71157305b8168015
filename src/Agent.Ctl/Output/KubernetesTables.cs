using System.Globalization;
using System.Text.Json;
using Agent.Resources;

namespace Agent.Ctl.Output;

/// <summary>The columns of Kubernetes' kinds, as <c>kubectl get</c> shows them.</summary>
/// <remarks>
/// Without a kubelet most pods have no container status; then READY counts what the spec asks for, with none ready, and
/// what nobody
/// reported is shown as <c>&lt;none&gt;</c>.
/// </remarks>
internal static class KubernetesTables
{
    private const string None = "<none>";

    /// <summary>True for kinds that are shown in <c>kubectl</c>'s layout.</summary>
    internal static bool Shows(ResourceKind kind) => kind.ApiVersion != Kinds.Calico;

    /// <summary>The columns of a kind.</summary>
    internal static IReadOnlyList<Column> Of(ResourceKind kind, bool wide, TimeProvider clock)
    {
        Column name = new("NAME", resource => resource.Name);
        Column age = new("AGE", resource => Texts.Age(resource.CreationTimestamp, clock));
        if (kind == Kinds.Pod) return [name, .. PodState, age, .. wide ? PodPlace : []];
        if (kind == Kinds.Service)
            return [name, .. ServiceAddresses, age, .. wide ? [ServiceSelector] : Array.Empty<Column>()];
        if (kind == Kinds.Namespace)
            return [name, new("STATUS", resource => Text(resource.Status, "phase") ?? "Active"), age];
        if (kind == Kinds.KubeNode) return [name, .. NodeState, age, NodeVersion, .. wide ? NodeAddresses : []];
        if (kind == Kinds.EndpointSlice) return [name, .. SliceContent, age];
        if (kind == Kinds.Secret) return [name, .. SecretContent, age];
        return kind == Kinds.NetworkPolicy ? [name, new("POD-SELECTOR", PodSelector), age] : [name, age];
    }

    private static readonly Column[] PodState =
    [
        new("READY", Ready),
        new("STATUS", resource => Pod.From(resource).PodStatus.Phase ?? "Pending"),
        new("RESTARTS", resource => Containers(resource).Sum(container => Int(container, "restartCount")).ToString(CultureInfo.InvariantCulture)),
    ];

    private static readonly Column[] PodPlace =
    [
        new("IP", resource => OrNone(Pod.From(resource).PodStatus.PodIP)),
        new("NODE", resource => OrNone(Pod.From(resource).NodeName)),
        new("NOMINATED NODE", resource => OrNone(Text(resource.Status, "nominatedNodeName"))),
        new("READINESS GATES", _ => None),
    ];

    private static readonly Column[] ServiceAddresses =
    [
        new("TYPE", resource => Service.From(resource).Type),
        new("CLUSTER-IP", resource => OrNone(Service.From(resource).ClusterIP)),
        new("EXTERNAL-IP", ExternalAddresses),
        new("PORT(S)", Ports),
    ];

    private static readonly Column ServiceSelector = new("SELECTOR", resource => Pairs(Member(resource.Spec, "selector")));

    private static readonly Column[] NodeState =
    [
        new("STATUS", resource => NodeStatus(KubeNode.From(resource))),
        new("ROLES", Roles),
    ];

    private static readonly Column NodeVersion = new("VERSION", resource => Text(Member(resource.Status, "nodeInfo"), "kubeletVersion") ?? "");

    private static readonly Column[] NodeAddresses =
    [
        new("INTERNAL-IP", resource => OrNone(Address(resource, "InternalIP"))),
        new("EXTERNAL-IP", resource => OrNone(Address(resource, "ExternalIP"))),
        new("OS-IMAGE", resource => OrUnknown(Text(Member(resource.Status, "nodeInfo"), "osImage"))),
        new("KERNEL-VERSION", resource => OrUnknown(Text(Member(resource.Status, "nodeInfo"), "kernelVersion"))),
        new("CONTAINER-RUNTIME", resource => OrUnknown(Text(Member(resource.Status, "nodeInfo"), "containerRuntimeVersion"))),
    ];

    private static readonly Column[] SliceContent =
    [
        new("ADDRESSTYPE", resource => EndpointSlice.From(resource).AddressType),
        new("PORTS", resource => List(EndpointSlice.From(resource).Ports.Select(port => port.Port.ToString(CultureInfo.InvariantCulture)), "<unset>")),
        new("ENDPOINTS", resource => List(EndpointSlice.From(resource).Endpoints.SelectMany(endpoint => endpoint.Addresses), "<unset>")),
    ];

    private static readonly Column[] SecretContent =
    [
        new("TYPE", resource => KubeSecret.From(resource).Type),
        new("DATA", resource => KubeSecret.From(resource).Data.Count.ToString(CultureInfo.InvariantCulture)),
    ];

    private static string Ready(Resource resource)
    {
        JsonElement[] reported = [.. Containers(resource)];
        var wanted = reported.Length > 0 ? reported.Length : Items(Member(resource.Spec, "containers")).Count();
        return $"{reported.Count(container => Member(container, "ready").ValueKind == JsonValueKind.True)}/{wanted}";
    }

    private static IEnumerable<JsonElement> Containers(Resource pod) => Items(Member(pod.Status, "containerStatuses"));

    private static string ExternalAddresses(Resource resource)
    {
        var service = Service.From(resource);
        IEnumerable<string> granted = service.ServiceStatus.LoadBalancer?.Ingress.Select(point => point.Ip ?? point.Hostname ?? "") ?? [];
        string[] addresses = service.Type == "LoadBalancer" ? [.. granted, .. service.ExternalIPs] : [.. service.ExternalIPs];
        return List(addresses, service.Type == "LoadBalancer" ? "<pending>" : None);
    }

    private static string Ports(Resource resource) => List(Service.From(resource).Ports.Select(PortText), None);

    private static string PortText(ServicePort port)
    {
        var node = port.NodePort == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{port.NodePort}");
        return string.Create(CultureInfo.InvariantCulture, $"{port.Port}{node}/{port.Protocol ?? "TCP"}");
    }

    private static string NodeStatus(KubeNode node)
    {
        var ready = node.IsReady switch { true => "Ready", false => "NotReady", null => "Unknown" };
        return node.Unschedulable ? ready + ",SchedulingDisabled" : ready;
    }

    private static string Roles(Resource resource)
    {
        const string Prefix = "node-role.kubernetes.io/";
        return List(
            resource.Labels.Keys.Where(label => label.StartsWith(Prefix, StringComparison.Ordinal)).Select(label => label[Prefix.Length..]), None);
    }

    private static string? Address(Resource resource, string type) =>
        KubeNode.From(resource).NodeStatus.Addresses.FirstOrDefault(address => address.Type == type)?.Address;

    private static string PodSelector(Resource resource) =>
        Pairs(Member(Member(resource.Spec, "podSelector"), "matchLabels"));

    private static string Pairs(JsonElement map) => map.ValueKind == JsonValueKind.Object
        ? List(map.EnumerateObject().Select(pair => $"{pair.Name}={pair.Value}"), None)
        : None;

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static IEnumerable<JsonElement> Items(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int Int(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : 0;

    private static string List(IEnumerable<string> items, string ifEmpty) =>
        string.Join(',', items) is { Length: > 0 } text ? text : ifEmpty;

    private static string OrNone(string? text) => string.IsNullOrEmpty(text) ? None : text;

    private static string OrUnknown(string? text) => string.IsNullOrEmpty(text) ? "<unknown>" : text;
}
