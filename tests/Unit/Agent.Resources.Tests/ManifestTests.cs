namespace Agent.Resources.Tests;

public sealed class ManifestTests
{
    private const string ExternalPool = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata:
          name: external-pool
        spec:
          cidr: 198.19.24.0/21
          blockSize: 29
          ipipMode: Never
          natOutgoing: true
          nodeSelector: "!all()"
        """;

    private static Resource One(string text)
    {
        var content = ManifestReader.Read(text, "file.yaml");
        Assert.Empty(content.Errors);
        return Assert.Single(content.Resources);
    }

    private static string Error(string text)
    {
        var content = ManifestReader.Read(text, "file.yaml");
        Assert.Empty(content.Resources);
        return Assert.Single(content.Errors).ToString();
    }

    [Fact]
    public void The_labs_pool_is_printed_as_calicoctl_prints_it()
    {
        var stored = Defaults.Apply(One(ExternalPool)) with
        {
            Uid = "49ecd163-1a83-4566-872a-fb0390102724",
            Revision = 7202,
            CreationTimestamp = new DateTimeOffset(2022, 7, 9, 17, 44, 37, TimeSpan.Zero),
        };

        Assert.Equal(
            """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              creationTimestamp: "2022-07-09T17:44:37Z"
              name: external-pool
              resourceVersion: "7202"
              uid: 49ecd163-1a83-4566-872a-fb0390102724
            spec:
              allowedUses:
              - Workload
              - Tunnel
              assignmentMode: Automatic
              blockSize: 29
              cidr: 198.19.24.0/21
              ipipMode: Never
              natOutgoing: true
              nodeSelector: '!all()'
              vxlanMode: Never

            """,
            ManifestWriter.Write(stored, ManifestFormat.Yaml));
    }

    [Fact]
    public void The_labs_namespace_keeps_its_annotation_as_text()
    {
        var resource = One("""
            apiVersion: v1
            kind: Namespace
            metadata:
              annotations:
                cni.projectcalico.org/ipv4pools: '["external-pool"]'
              name: external-ns
            """);

        Assert.Equal(new ResourceKey(Kinds.Namespace, "external-ns"), resource.Key);
        Assert.Equal("""["external-pool"]""", resource.Annotations["cni.projectcalico.org/ipv4pools"]);
    }

    [Fact]
    public void Several_documents_lists_and_arrays_are_read_in_order()
    {
        var content = ManifestReader.Read("""
            ---
            # only a comment
            ---
            apiVersion: v1
            kind: NamespaceList
            items:
            - {apiVersion: v1, kind: Namespace, metadata: {name: a}}
            - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
            ---
            - {apiVersion: v1, kind: Pod, metadata: {name: c}}
            - {apiVersion: v1, kind: Node, metadata: {name: d}}
            """);

        Assert.Empty(content.Errors);
        Assert.Equal(
            ["Namespace(a)", "Namespace(b)", "Pod(default/c)", "Node(d)"], content.Resources.Select(resource => resource.Key.ToString()));
        Assert.Equal(Kinds.KubeNode, content.Resources[3].Kind);
    }

    [Theory]
    [InlineData(ManifestFormat.Yaml)]
    [InlineData(ManifestFormat.Json)]
    public void What_is_written_is_read_back(ManifestFormat format)
    {
        var resources = ManifestReader.Read("""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: customer-x
              namespace: yaobank
              labels: {kubernetes.io/service-name: customer, number: "26", empty: "", version: "1.10"}
              annotations:
                lines: "a\nb: 'c'\n"
                quotes: "it's \"x\" # y"
                colon: "fd00::"
                tab: "a\tb"
                truth: "yes"
                date: "2022-01-27"
                sexagesimal: "12:30"
                spaces: "  a "
                dash: "- a"
            addressType: IPv4
            endpoints:
            - addresses: [10.48.1.1]
              conditions: {ready: true}
              nodeName: node1
            - addresses: []
            ports: []
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: customer, namespace: yaobank}
            spec:
              type: NodePort
              ports:
              - {port: 80, targetPort: http}
              - {port: 81, targetPort: 8081}
            status: {loadBalancer: {ingress: [{ip: 10.50.0.10}]}}
            """).Resources;
        Assert.Equal(2, resources.Length);

        var text = ManifestWriter.Write(resources, format);
        var again = ManifestReader.Read(text);

        Assert.Empty(again.Errors);
        Assert.Equal(text, ManifestWriter.Write(again.Resources, format));
        Assert.Equal(resources.Select(r => r.Key), again.Resources.Select(r => r.Key));
        Assert.Equal(resources[0].Annotations.AsEnumerable(), again.Resources[0].Annotations.AsEnumerable());
        Assert.Equal(resources[0].Labels.AsEnumerable(), again.Resources[0].Labels.AsEnumerable());
        Assert.Equal(resources[0].Spec.GetRawText().Length, again.Resources[0].Spec.GetRawText().Length);
        Assert.Equal([new IntOrString("http"), new IntOrString(8081)], Service.From(again.Resources[1]).Ports.Select(p => p.TargetPort!.Value));
    }

    [Fact]
    public void A_list_carries_its_kind_and_revision() => Assert.Equal(
        """
        {
          "apiVersion": "projectcalico.org/v3",
          "items": [],
          "kind": "IPPoolList",
          "metadata": {
            "resourceVersion": "12"
          }
        }

        """,
        ManifestWriter.WriteList(Kinds.IPPool, [], 12, ManifestFormat.Json));

    [Fact]
    public void A_misspelt_field_is_an_error_with_its_place() => Assert.Equal(
        "file.yaml:8:3: field in document is not recognized or is in the wrong location: ipipmode",
        Error(ExternalPool.Replace("ipipMode", "ipipmode", StringComparison.Ordinal)));

    [Theory]
    [InlineData("spec: {cidr: 10.0.0.0/16, name: x}", "name")]
    [InlineData("cidr: 10.0.0.0/16", "cidr")]
    public void A_field_in_the_wrong_place_is_an_error(string body, string field) => Assert.Equal(
        $"field in document is not recognized or is in the wrong location: {field}",
        Assert.Single(ManifestReader.Read($"apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {{name: a}}\n{body}\n").Errors).Message);

    [Fact]
    public void A_field_deep_in_a_list_is_found_too() => Assert.Equal(
        "file.yaml:7:5: field in document is not recognized or is in the wrong location: mask",
        Error("apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\nspec:\n  serviceClusterIPs:\n  - cidr: 10.49.0.0/16\n    mask: 1\n"));

    [Fact]
    public void In_JSON_the_path_stands_for_the_place() => Assert.Equal(
        "file.yaml: field in document is not recognized or is in the wrong location: blocksize (spec.blocksize)",
        Error("""{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"a"},"spec":{"blocksize":26}}"""));

    [Theory]
    [InlineData("kind: IPPool\nmetadata: {name: a}\n", "file.yaml:1:1: apiVersion is missing")]
    [InlineData("apiVersion: projectcalico.org/v3\nmetadata: {name: a}\n", "file.yaml:1:1: kind is missing")]
    [InlineData("apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  labels: {}\n", "file.yaml:3:1: IPPool: resource name may not be empty (metadata.name)")]
    [InlineData("apiVersion: projectcalico.org/v3\nkind: ippool\nmetadata: {name: a}\n", "file.yaml:2:1: resource type 'projectcalico.org/v3/ippool' is not supported; did you mean 'projectcalico.org/v3/IPPool'?")]
    [InlineData("apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: a, namespace: b}\n", "file.yaml:3:21: IPPool(a) is not namespaced")]
    [InlineData("apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {x: 1}}\n", "file.yaml:3:30: metadata.labels: the value of 'x' must be text; put 1 in quotes")]
    [InlineData("apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: 3\n", "file.yaml:4:1: spec must be an object, not 3")]
    [InlineData("just text", "file.yaml: a resource must be an object with apiVersion, kind and metadata")]
    public void What_is_missing_or_wrong_is_named_with_its_place(string text, string expected) => Assert.Equal(expected, Error(text));

    [Theory]
    [InlineData("apiVersion: v1\nkind: [Pod\n", "file.yaml:3:1: this is not valid YAML: ")]
    [InlineData("a: 1\nb: 2\na: 3\n", "file.yaml:3:1: this is not valid YAML: the key 'a' stands twice")]
    [InlineData("a: *nobody\n", "file.yaml:1:4: this is not valid YAML: there is no anchor 'nobody'")]
    [InlineData("{\"a\": {\"b\": 1, \"b\": 2}}", "file.yaml: this is not valid JSON: Duplicate property 'b'")]
    [InlineData("{\"a\": 1,\n  \"b\" 2}", "file.yaml:2:7: this is not valid JSON: ")]
    public void Broken_text_is_an_error_with_line_and_column(string text, string expected) =>
        Assert.StartsWith(expected, Error(text), StringComparison.Ordinal);

    [Fact]
    public void Aliases_that_multiply_without_end_are_refused()
    {
        var lines = new List<string> { "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" };
        for (var level = 1; level < 9; level++)
            lines.Add($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]");

        Assert.Contains("too large", Error(string.Join('\n', lines)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_kind_is_told_what_is_supported() => Assert.Equal(
        "resource type 'somekind' is not supported; supported are: BGPConfiguration, BGPFilter, BGPPeer, BlockAffinity, ClusterInformation, IPAMBlock, "
        + "IPAMConfiguration, IPPool, IPReservation, Node, EndpointSlice, Namespace, NetworkPolicy, Node (v1), Pod, Secret, Service",
        Kinds.Unsupported("somekind"));

    [Fact]
    public void A_field_of_another_product_is_dropped_with_a_warning()
    {
        var content = ManifestReader.Read(
            "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: a}\nspec: {peerIP: 10.0.0.1, asNumber: 1, restartMode: LongLived}\n");

        Assert.Equal("BGPPeer: spec.restartMode has no effect here and is dropped", Assert.Single(content.Warnings));
        Assert.Equal("""{"peerIP":"10.0.0.1","asNumber":1}""", Assert.Single(content.Resources).Spec.GetRawText());
    }

    [Theory]
    [InlineData("IPPools", "IPPool")]
    [InlineData("ipp", "IPPool")]
    [InlineData("POOL", "IPPool")]
    [InlineData("nodes", "Node")]
    [InlineData("bgpconfig", "BGPConfiguration")]
    [InlineData("bps", "BGPPeer")]
    [InlineData("blockaffinities", "BlockAffinity")]
    public void An_alias_finds_its_kind_in_any_case(string word, string kind) =>
        Assert.Equal(new ResourceKind(Kinds.Calico, kind), Kinds.Find(word)?.Kind);
}
