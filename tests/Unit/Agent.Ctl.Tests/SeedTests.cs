using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary>The listings of the labs, byte for byte.</summary>
public sealed class SeedTests
{
    private readonly Terminal _terminal = new();

    private const string DefaultPool = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata:
          name: default-ipv4-ippool
        spec:
          cidr: 100.96.0.0/11
        """;

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

    [Fact]
    public async Task The_lab_of_IP_pools()
    {
        await _terminal.PutAsync(DefaultPool);
        Assert.Equal(
            Outcome.Ok(Visible.Lines("""
                NAME                  CIDR            SELECTOR···
                default-ipv4-ippool   100.96.0.0/11   all()······

                """)),
            await _terminal.RunAsync("get ippools --allow-version-mismatch"));

        Assert.Equal(
            Outcome.Ok("Successfully applied 1 'IPPool' resource(s)\n"),
            await _terminal.RunAsync("apply -f - --allow-version-mismatch", ExternalPool));

        Assert.Equal(
            Outcome.Ok(Visible.Lines("""
                NAME                  CIDR             SELECTOR···
                default-ipv4-ippool   100.96.0.0/11    all()······
                external-pool         198.19.24.0/21   !all()·····

                """)),
            await _terminal.RunAsync("--allow-version-mismatch get ippools"));
    }

    [Fact]
    public async Task A_namespace_and_a_peer_are_applied()
    {
        const string Manifests = """
            ---
            apiVersion: v1
            kind: Namespace
            metadata:
              annotations:
                cni.projectcalico.org/ipv4pools: '["external-pool"]'
              name: external-ns
            """;
        Assert.Equal(Outcome.Ok("Successfully applied 1 'Namespace' resource(s)\n"), await _terminal.RunAsync("apply -f -", Manifests));

        const string Peer = """
            apiVersion: projectcalico.org/v3
            kind: BGPPeer
            metadata:
              name: bgppeer-global-host1
            spec:
              peerIP: 198.19.15.254
              asNumber: 64512
            """;
        Assert.Equal(Outcome.Ok("Successfully applied 1 'BGPPeer' resource(s)\n"), await _terminal.RunAsync("apply -f - --allow-version-mismatch", Peer));
    }

    [Fact]
    public async Task Pods_are_shown_wide_with_address_and_node()
    {
        _terminal.Clock.Now = new DateTimeOffset(2022, 2, 9, 23, 0, 0, TimeSpan.Zero);
        await _terminal.PutAsync("""
            apiVersion: v1
            kind: Pod
            metadata:
              name: nginx-76dd8577bc-8lj92
              namespace: external-ns
            spec:
              nodeName: ip-172-20-58-60.ec2.internal
              containers:
              - name: nginx
            status:
              phase: Running
              podIP: 198.19.24.184
              containerStatuses:
              - name: nginx
                ready: true
                restartCount: 0
            """);
        _terminal.Clock.Now = new DateTimeOffset(2022, 2, 10, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(
            Outcome.Ok("""
                NAME                     READY   STATUS    RESTARTS   AGE   IP              NODE                           NOMINATED NODE   READINESS GATES
                nginx-76dd8577bc-8lj92   1/1     Running   0          13h   198.19.24.184   ip-172-20-58-60.ec2.internal   <none>           <none>

                """),
            await _terminal.RunAsync("get pods -n external-ns -o wide"));
    }

    [Fact]
    public async Task The_lab_of_service_advertisement()
    {
        var noon = _terminal.Clock.Now;
        _terminal.Clock.Now = noon.AddMinutes(-166);
        await _terminal.PutAsync(Yaobank);
        await _terminal.PutAsync("""
            apiVersion: projectcalico.org/v3
            kind: BGPConfiguration
            metadata:
              name: default
            spec:
              serviceClusterIPs:
              - cidr: 10.49.0.0/16
            """);
        _terminal.Clock.Now = noon;

        Assert.Equal(
            Outcome.Ok("""
                NAME       TYPE       CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE
                customer   NodePort   10.49.50.18   <none>        80:30180/TCP   166m

                """),
            await _terminal.RunAsync("get svc -n yaobank customer"));
        Assert.Equal(
            Outcome.Ok("customer   NodePort   10.49.50.18   <none>   80:30180/TCP   166m\n"),
            await _terminal.RunAsync("get svc -n yaobank customer --no-headers"));
        Assert.Equal(
            Outcome.Ok("Successfully patched 1 'Service' resource\n"),
            await _terminal.RunAsync(["patch", "svc", "-n", "yaobank", "customer", "-p", """{"spec":{"externalTrafficPolicy":"Local"}}"""]));

        _terminal.Clock.Now = noon.AddMinutes(6);
        Assert.Equal(
            Outcome.Ok("""
                NAME       TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)        AGE
                customer   NodePort    10.49.50.18     <none>        80:30180/TCP   172m
                database   ClusterIP   10.49.238.135   <none>        2379/TCP       172m
                summary    ClusterIP   10.49.213.58    <none>        80/TCP         172m

                """),
            await _terminal.RunAsync("get svc -n yaobank"));
        Assert.Equal(
            Outcome.Ok("Successfully patched 1 'BGPConfiguration' resource\n"),
            await _terminal.RunAsync(
                ["patch", "BGPConfig", "default", "--patch", """{"spec": {"serviceExternalIPs": [{"cidr": "10.50.0.0/24"}]}}"""]));
        Assert.Equal(
            Outcome.Ok("Successfully patched 1 'Service' resource\n"),
            await _terminal.RunAsync(["patch", "svc", "-n", "yaobank", "customer", "-p", """{"spec": {"externalIPs": ["10.50.0.10"]}}"""]));

        _terminal.Clock.Now = noon.AddMinutes(9);
        Assert.Equal(
            Outcome.Ok("""
                NAME       TYPE       CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE
                customer   NodePort   10.49.50.18   10.50.0.10    80:30180/TCP   175m

                """),
            await _terminal.RunAsync("get svc -n yaobank -l app=customer"));
    }

    [Fact]
    public async Task The_BGP_configuration_is_shown_as_YAML()
    {
        await _terminal.PutAsync("""
            apiVersion: projectcalico.org/v3
            kind: BGPConfiguration
            metadata:
              name: default
            spec:
              serviceClusterIPs:
              - cidr: 10.49.0.0/16
            """);
        var stored = Assert.Single((await _terminal.Store.ListAsync(Resources.Kinds.BGPConfiguration)).Items);

        Assert.Equal(
            Outcome.Ok($"""
                apiVersion: projectcalico.org/v3
                kind: BGPConfiguration
                metadata:
                  creationTimestamp: "2022-02-10T12:00:00Z"
                  name: default
                  resourceVersion: "{stored.Revision}"
                  uid: {stored.Uid}
                spec:
                  serviceClusterIPs:
                  - cidr: 10.49.0.0/16

                """),
            await _terminal.RunAsync("get bgpconfig default -o yaml"));
    }

    [Fact]
    public async Task Node_status_of_three_sessions()
    {
        var mesh = new DateTimeOffset(2022, 1, 27, 8, 0, 0, TimeSpan.Zero);
        _terminal.Clock.Now = new DateTimeOffset(2022, 2, 11, 9, 0, 0, TimeSpan.Zero);
        _terminal.Reply = new IpcReply.NodeStatus(
            true,
            [
                new("172.20.34.231", BgpPeerType.Global, "up", new DateTimeOffset(2022, 2, 10, 16, 57, 11, TimeSpan.Zero), "Established"),
                new("172.20.58.60", BgpPeerType.NodeToNodeMesh, "up", mesh, "Established"),
                new("172.20.62.7", BgpPeerType.NodeToNodeMesh, "up", mesh, "Established"),
            ],
            []);

        Assert.Equal(
            Outcome.Ok("""
                Calico process is running.

                IPv4 BGP status
                +---------------+-------------------+-------+------------+-------------+
                | PEER ADDRESS  |     PEER TYPE     | STATE |   SINCE    |    INFO     |
                +---------------+-------------------+-------+------------+-------------+
                | 172.20.58.60  | node-to-node mesh | up    | 2022-01-27 | Established |
                | 172.20.62.7   | node-to-node mesh | up    | 2022-01-27 | Established |
                | 172.20.34.231 | global            | up    | 16:57:11   | Established |
                +---------------+-------------------+-------+------------+-------------+

                IPv6 BGP status
                No IPv6 peers found.


                """),
            await _terminal.RunAsync("node status"));
    }

    [Fact]
    public async Task Node_status_with_an_odd_space_in_the_heads()
    {
        static DateTimeOffset At(int hour, int minute, int second) => new(2022, 2, 10, hour, minute, second, TimeSpan.Zero);
        _terminal.Clock.Now = At(23, 0, 0);
        _terminal.Reply = new IpcReply.NodeStatus(
            true,
            [
                new("198.19.0.1", BgpPeerType.NodeToNodeMesh, "up", At(22, 5, 48), "Established"),
                new("198.19.0.3", BgpPeerType.NodeToNodeMesh, "up", At(22, 6, 2), "Established"),
            ],
            []);

        Assert.Equal(
            Outcome.Ok("""
                Calico process is running.

                IPv4 BGP status
                +--------------+-------------------+-------+----------+-------------+
                | PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
                +--------------+-------------------+-------+----------+-------------+
                | 198.19.0.1   | node-to-node mesh | up    | 22:05:48 | Established |
                | 198.19.0.3   | node-to-node mesh | up    | 22:06:02 | Established |
                +--------------+-------------------+-------+----------+-------------+

                IPv6 BGP status
                No IPv6 peers found.


                """),
            await _terminal.RunAsync("node status"));
    }

    private const string Yaobank = """
        apiVersion: v1
        kind: Service
        metadata:
          name: customer
          namespace: yaobank
          labels:
            app: customer
        spec:
          type: NodePort
          clusterIP: 10.49.50.18
          ports:
          - port: 80
            nodePort: 30180
            protocol: TCP
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: database
          namespace: yaobank
        spec:
          clusterIP: 10.49.238.135
          ports:
          - port: 2379
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: summary
          namespace: yaobank
        spec:
          clusterIP: 10.49.213.58
          ports:
          - port: 80
        """;
}
