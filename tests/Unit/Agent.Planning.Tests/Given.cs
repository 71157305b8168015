using Agent.Resources;

namespace Agent.Planning.Tests;

/// <summary>Snapshots from manifests, as a user would write them.</summary>
internal static class Given
{
    public static IReadOnlyList<Resource> Read(string manifest)
    {
        var content = ManifestReader.Read(manifest);
        Assert.Empty(content.Errors);
        return content.Resources;
    }

    public static ClusterSnapshot Snapshot(params string[] manifests) =>
        Read(string.Join("\n---\n", manifests)).Aggregate(ClusterSnapshot.Empty, (snapshot, resource) => snapshot.Put(resource));

    public static ClusterSnapshot With(this ClusterSnapshot snapshot, params string[] manifests) =>
        Read(string.Join("\n---\n", manifests)).Aggregate(snapshot, (next, resource) => next.Put(resource));

    public static string Node(string name, string address, string more = "", string labels = "{}") => $$"""
        apiVersion: projectcalico.org/v3
        kind: Node
        metadata: {name: {{name}}, labels: {{labels}}}
        spec: {bgp: {ipv4Address: {{address}}/24{{more}} } }
        """;

    public static string BgpSettings(string spec, string name = "default") =>
        $"apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {{name: {name}}}\nspec: {spec}\n";

    public static string Peer(string name, string spec) =>
        $"apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {{name: {name}}}\nspec: {spec}\n";

    public static string Filter(string name, string spec) =>
        $"apiVersion: projectcalico.org/v3\nkind: BGPFilter\nmetadata: {{name: {name}}}\nspec: {spec}\n";

    public static string Pool(string name, string spec) =>
        $"apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {{name: {name}}}\nspec: {spec}\n";

    public static string Affinity(string node, string block, string more = "state: confirmed") => $$"""
        apiVersion: projectcalico.org/v3
        kind: BlockAffinity
        metadata: {name: {{node}}-{{block.Replace('.', '-').Replace('/', '-')}} }
        spec: {node: {{node}}, cidr: {{block}}, {{more}} }
        """;

    public static string Service(string name, string spec, string status = "{}") =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: yaobank}}\nspec: {spec}\nstatus: {status}\n";

    public static string Slice(string name, string service, string endpoints, string type = "IPv4") => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: {{name}}, namespace: yaobank, labels: {kubernetes.io/service-name: {{service}} } }
        addressType: {{type}}
        endpoints: {{endpoints}}
        """;
}
