namespace Agent.Ctl.Tests;

/// <summary>The table of every kind, narrow and wide.</summary>
public sealed class TableTests
{
    private readonly Terminal _terminal = new();

    [Theory]
    [InlineData("get ippool", """
        NAME           CIDR          SELECTOR·······
        ippool-name1   10.0.1.0/24   foo == 'bar'···

        """)]
    [InlineData("get pools -o wide", """
        NAME           CIDR          NAT     IPIPMODE   VXLANMODE   DISABLED   DISABLEBGPEXPORT   SELECTOR       ASSIGNMENTMODE···
        ippool-name1   10.0.1.0/24   false   Always     Never       false      false              foo == 'bar'   Automatic········

        """)]
    [InlineData("get ipp -o custom-columns=CIDR,NAME", """
        CIDR          NAME···········
        10.0.1.0/24   ippool-name1···

        """)]
    [InlineData("get ipp --no-headers", """
        ippool-name1   10.0.1.0/24   foo == 'bar'···

        """)]
    [InlineData("get bgpconfig", """
        NAME         LOGSEVERITY   MESHENABLED   ASNUMBER···
        default      -             -             -··········
        node.node1   Info          -             -··········

        """)]
    [InlineData("get bgppeers", """
        NAME     PEERIP     NODE             ASN·····
        global   10.0.0.1   (global)         64512···
        one      10.0.0.2   node1            64513···
        rack     fd00::1    rack == 'blue'   64514···

        """)]
    [InlineData("get nodes", """
        NAME····
        node1···
        node2···

        """)]
    [InlineData("get node -o wide", """
        NAME    ASN       IPV4           IPV6···
        node1   (64512)   10.0.0.10/24··········
        node2   64600···························

        """)]
    [InlineData("get blockaffinities", """
        NAME                 CIDR           NODE    STATE·······
        node1-10-48-0-0-26   10.48.0.0/26   node1   confirmed···

        """)]
    [InlineData("get ipamblocks", """
        NAME           CIDR           AFFINITY·····
        10-48-0-0-26   10.48.0.0/26   host:node1···

        """)]
    [InlineData("get bgppeer global one", """
        NAME     PEERIP     NODE       ASN·····
        global   10.0.0.1   (global)   64512···

        NAME   PEERIP     NODE    ASN·····
        one    10.0.0.2   node1   64513···

        """)]
    [InlineData("get clusterinfo", """
        NAME   CLUSTERGUID   CLUSTERTYPE   CALICOVERSION   DATASTOREREADY···

        """)]
    public async Task Calicos_kinds_are_padded_to_the_last_cell(string line, string expected)
    {
        await _terminal.PutAsync(CalicoManifests);

        Assert.Equal(Outcome.Ok(Visible.Lines(expected)), (await _terminal.RunAsync(line)));
    }

    [Fact]
    public async Task Nodes_without_an_AS_show_the_clusters_in_parentheses()
    {
        await _terminal.PutAsync(CalicoManifests.Replace(
            "{name: default}}", "{name: default}, spec: {asNumber: 64513}}", StringComparison.Ordinal));

        Assert.Equal(
            Outcome.Ok(Visible.Lines("""
                NAME    ASN       IPV4           IPV6···
                node1   (64513)   10.0.0.10/24··········
                node2   64600···························

                """)),
            await _terminal.RunAsync("get nodes -o wide"));
    }

    [Theory]
    [InlineData("get ns", """
        NAME   STATUS   AGE
        web    Active   5m3s

        """)]
    [InlineData("get pods -A", """
        NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE
        default     idle   0/2     Pending   0          5m3s
        web         busy   1/2     Running   3          5m3s

        """)]
    [InlineData("get po -o wide", """
        NAME   READY   STATUS    RESTARTS   AGE    IP       NODE     NOMINATED NODE   READINESS GATES
        idle   0/2     Pending   0          5m3s   <none>   <none>   <none>           <none>

        """)]
    [InlineData("get services -n web -o wide", """
        NAME   TYPE           CLUSTER-IP   EXTERNAL-IP         PORT(S)               AGE    SELECTOR
        lb     LoadBalancer   10.49.0.7    10.50.0.1,1.2.3.4   80:30080/TCP,53/UDP   5m3s   app=lb
        none   ClusterIP      None         <none>              <none>                5m3s   <none>
        wait   LoadBalancer   10.49.0.8    <pending>           80/TCP                5m3s   <none>

        """)]
    [InlineData("get nodes.v1 -o wide", """
        NAME    STATUS                     ROLES           AGE    VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE    KERNEL-VERSION   CONTAINER-RUNTIME
        node1   Ready,SchedulingDisabled   control-plane   5m3s   v1.32.4   10.0.0.10     <none>        <unknown>   <unknown>        <unknown>

        """)]
    [InlineData("get endpointslices -n web", """
        NAME     ADDRESSTYPE   PORTS   ENDPOINTS             AGE
        lb-abc   IPv4          80      10.48.0.5,10.48.0.6   5m3s

        """)]
    [InlineData("get netpol -n web", """
        NAME   POD-SELECTOR   AGE
        deny   app=lb         5m3s

        """)]
    public async Task Kubernetes_kinds_look_as_kubectl_shows_them(string line, string expected)
    {
        await _terminal.PutAsync(KubernetesManifests);
        _terminal.Clock.Now += TimeSpan.FromSeconds(303);

        Assert.Equal(Outcome.Ok(expected), (await _terminal.RunAsync(line)));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(600, "10m")]
    [InlineData(10_799, "179m")]
    [InlineData(10_800, "3h")]
    [InlineData(11_100, "3h5m")]
    [InlineData(28_800, "8h")]
    [InlineData(172_799, "47h")]
    [InlineData(176_400, "2d1h")]
    [InlineData(691_200, "8d")]
    [InlineData(63_072_000, "2y")]
    [InlineData(63_158_400, "2y1d")]
    [InlineData(252_288_000, "8y")]
    [InlineData(-1, "0s")]
    [InlineData(-5, "<invalid>")]
    public void Ages_are_written_as_kubectl_writes_them(int seconds, string expected)
    {
        Assert.Equal(expected, Output.Texts.Age(_terminal.Clock.Now.AddSeconds(-seconds), _terminal.Clock));
    }

    private const string CalicoManifests = """
        ---
        {apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: ippool-name1}, spec: {cidr: 10.0.1.0/24, ipipMode: Always, nodeSelector: "foo == 'bar'"}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BGPConfiguration, metadata: {name: default}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BGPConfiguration, metadata: {name: node.node1}, spec: {logSeverityScreen: Info}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BGPPeer, metadata: {name: global}, spec: {peerIP: 10.0.0.1, asNumber: 64512}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BGPPeer, metadata: {name: one}, spec: {peerIP: 10.0.0.2, asNumber: 64513, node: node1}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BGPPeer, metadata: {name: rack}, spec: {peerIP: "fd00::1", asNumber: 64514, nodeSelector: "rack == 'blue'"}}
        ---
        {apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: node1}, spec: {bgp: {ipv4Address: 10.0.0.10/24}}}
        ---
        {apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: node2}, spec: {bgp: {asNumber: 64600}}}
        ---
        {apiVersion: projectcalico.org/v3, kind: BlockAffinity, metadata: {name: node1-10-48-0-0-26}, spec: {cidr: 10.48.0.0/26, node: node1, state: confirmed}}
        ---
        {apiVersion: projectcalico.org/v3, kind: IPAMBlock, metadata: {name: 10-48-0-0-26}, spec: {cidr: 10.48.0.0/26, affinity: "host:node1"}}
        """;

    private const string KubernetesManifests = """
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: web}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: idle}, spec: {containers: [{name: a}, {name: b}]}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: busy, namespace: web}, status: {phase: Running, containerStatuses: [{ready: true, restartCount: 2}, {ready: false, restartCount: 1}]}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: lb, namespace: web}, spec: {type: LoadBalancer, clusterIP: 10.49.0.7, externalIPs: [1.2.3.4], selector: {app: lb}, ports: [{port: 80, nodePort: 30080}, {port: 53, protocol: UDP}]}, status: {loadBalancer: {ingress: [{ip: 10.50.0.1}]}}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: none, namespace: web}, spec: {clusterIP: None}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: wait, namespace: web}, spec: {type: LoadBalancer, clusterIP: 10.49.0.8, ports: [{port: 80}]}}
        ---
        {apiVersion: v1, kind: Node, metadata: {name: node1, labels: {node-role.kubernetes.io/control-plane: ""}}, spec: {unschedulable: true}, status: {addresses: [{type: InternalIP, address: 10.0.0.10}], conditions: [{type: Ready, status: "True"}], nodeInfo: {kubeletVersion: v1.32.4}}}
        ---
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: lb-abc, namespace: web}, addressType: IPv4, ports: [{port: 80}], endpoints: [{addresses: [10.48.0.5]}, {addresses: [10.48.0.6]}]}
        ---
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: web}, spec: {podSelector: {matchLabels: {app: lb}}}}
        """;
}
