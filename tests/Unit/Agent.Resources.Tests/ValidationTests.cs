using Agent.Primitives;
using static Agent.Resources.Tests.TypedTests;

namespace Agent.Resources.Tests;

public sealed class ValidationTests
{
    private static string Check(ResourceKind kind, string spec, ValidationScope? scope = null, string name = "p") =>
        Validation.Check(Of(kind, name, spec), scope).ToString();

    private static IPPool Pool(string name, string cidr) => new() { Metadata = ObjectMeta.Named(name), Cidr = IpPrefix.Parse(cidr) };

    [Theory]
    [InlineData("""{}""", "error with field spec.cidr = '' (IPPool CIDR must be specified)")]
    [InlineData("""{"cidr":"10.0.0.0"}""", "error with field spec.cidr = '10.0.0.0' (IPPool CIDR must be a valid subnet)")]
    [InlineData("""{"cidr":"10.0.0.1/24"}""", "error with field spec.cidr = '10.0.0.1/24' (IPPool CIDR is not strictly masked)")]
    [InlineData("""{"cidr":"10.0.0.0/16","blockSize":33}""", "error with field spec.blockSize = '33' (blockSize must be between 20 and 32 for IPv4 pools, and between 116 and 128 for IPv6 pools)")]
    [InlineData("""{"cidr":"fd00::/48","blockSize":26}""", "error with field spec.blockSize = '26' (blockSize must be between 20 and 32 for IPv4 pools, and between 116 and 128 for IPv6 pools)")]
    [InlineData("""{"cidr":"10.0.0.0/27"}""", "error with field spec.cidr = '10.0.0.0/27' (IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size.)")]
    [InlineData("""{"cidr":"fd00::/128"}""", "error with field spec.cidr = 'fd00::/128' (IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size.)")]
    [InlineData("""{"cidr":"169.254.5.0/24"}""", "error with field spec.cidr = '169.254.5.0/24' (IPPool CIDR overlaps with IPv4 link local range 169.254.0.0/16)")]
    [InlineData("""{"cidr":"fe80::/120"}""", "error with field spec.cidr = 'fe80::/120' (IPPool CIDR overlaps with IPv6 link local range fe80::/10)")]
    [InlineData("""{"cidr":"10.0.0.0/16","ipipMode":"Always","vxlanMode":"CrossSubnet"}""", "error with field spec.ipipMode = 'Always' (ipipMode and vxlanMode cannot both be enabled)")]
    [InlineData("""{"cidr":"fd00::/48","ipipMode":"Always"}""", "error with field spec.ipipMode = 'Always' (IPIP is not supported on IPv6 pools)")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"vxlanMode":"Always"}""", "error with field spec.allowedUses = 'LoadBalancer' (LoadBalancer IP pool cannot have IPIP or VXLAN enabled)")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer","Tunnel"]}""", "error with field spec.allowedUses = 'LoadBalancer, Tunnel' (LoadBalancer cannot be combined with Workload or Tunnel allowed uses)")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"disableBGPExport":true}""", "error with field spec.disableBGPExport = 'true' (LoadBalancer IP pools cannot disable BGP export)")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"],"nodeSelector":"!all()"}""", "error with field spec.nodeSelector = '!all()' (IP Pool with AllowedUse LoadBalancer must have nodeSelector set to all())")]
    [InlineData("""{"cidr":"10.0.0.0/16","namespaceSelector":"has(a)"}""", "error with field spec.namespaceSelector = 'has(a)' (IP Pool with AllowedUse Tunnel cannot have namespaceSelector)")]
    [InlineData("""{"cidr":"10.0.0.0/16","nodeSelector":"global()"}""", "error with field spec.nodeSelector = 'global()' (global() selector is not valid for IPPool nodeSelector)")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["Party"]}""", "error with field spec.allowedUses = 'Party' (unknown use: Party)")]
    [InlineData("""{"cidr":"10.0.0.0/16","nodeSelector":"has("}""", "error with field spec.nodeSelector = 'has(' (invalid selector 'has(': expected a label at the end)")]
    [InlineData("""{"cidr":"10.0.0.0/16","ipipMode":"Sometimes"}""", "error with field spec.ipipMode = 'Sometimes' (must be one of: Never, Always, CrossSubnet)")]
    [InlineData("""{"cidr":"10.0.0.0/16","blockSize":"big"}""", "error with field spec.blockSize = 'big' (must be an integer in range)")]
    [InlineData("""{"cidr":"10.0.0.0/16","natOutgoing":"yes"}""", "error with field spec.natOutgoing = 'yes' (must be true or false)")]
    [InlineData("""{"cidr":"10.0.0.0/26"}""", "")]
    [InlineData("""{"cidr":"10.0.0.0/27","disabled":true}""", "")]
    [InlineData("""{"cidr":"fd00::/122"}""", "")]
    [InlineData("""{"cidr":"10.0.0.0/16","allowedUses":["Workload"],"namespaceSelector":"has(a)"}""", "")]
    public void A_pool_is_judged_in_Calicos_words(string spec, string expected) => Assert.Equal(expected, Check(Kinds.IPPool, spec));

    [Fact]
    public void A_pool_may_not_overlap_another_one_even_a_disabled_one() => Assert.Equal(
        "error with field spec.cidr = '10.0.0.0/16' (IPPool(p) CIDR overlaps with IPPool(other) CIDR 10.0.128.0/17)",
        Check(Kinds.IPPool, """{"cidr":"10.0.0.0/16"}""", new ValidationScope { Pools = [Pool("other", "10.0.128.0/17") with { Disabled = true }, Pool("p", "10.0.0.0/16")] }));

    [Fact]
    public void A_pool_may_not_come_over_blocks_of_another_size() => Assert.Equal(
        "error with field spec.blockSize = '26' (IPPool blocksSize conflicts with existing allocations that use a different blockSize)",
        Check(Kinds.IPPool, """{"cidr":"10.0.0.0/16"}""", new ValidationScope { Blocks = [IpPrefix.Parse("10.0.1.0/29")] }));

    [Theory]
    [InlineData("""{"cidr":"10.1.0.0/16"}""", "error with field spec.cidr = '10.1.0.0/16' (IPPool CIDR cannot be modified)")]
    [InlineData("""{"cidr":"10.0.0.0/16","blockSize":27}""", "error with field spec.blockSize = '27' (IPPool BlockSize cannot be modified)")]
    [InlineData("""{"cidr":"10.0.0.0/16","natOutgoing":true}""", "")]
    public void A_pools_range_and_block_size_stay(string spec, string expected) => Assert.Equal(
        expected, Check(Kinds.IPPool, spec, new ValidationScope { Previous = Of(Kinds.IPPool, "p", """{"cidr":"10.0.0.0/16"}""") }));

    [Fact]
    public void A_load_balancer_pool_stays_one() => Assert.Equal(
        "error with field spec.allowedUses = 'Workload' (IPPool allowed use cannot be changed from LoadBalacer to Workload or Tunnel)",
        Check(
            Kinds.IPPool, """{"cidr":"10.0.0.0/16","allowedUses":["Workload"]}""",
            new ValidationScope { Previous = Of(Kinds.IPPool, "p", """{"cidr":"10.0.0.0/16","allowedUses":["LoadBalancer"]}""") }));

    [Fact]
    public void Several_errors_are_listed_under_a_heading() => Assert.Equal(
        "error with the following fields:\n-  metadata.name = 'P' (must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character, at most 253 characters (DNS-1123 subdomain))\n-  spec.cidr = '' (IPPool CIDR must be specified)\n",
        Check(Kinds.IPPool, "{}", name: "P"));

    [Fact]
    public void An_overlay_is_accepted_with_a_warning() => Assert.Equal(
        "IPPool(p): overlay not programmed yet; remote routes of 10.0.0.0/16 stay out of the kernel until it is",
        Assert.Single(Validation.Check(Of(Kinds.IPPool, "p", """{"cidr":"10.0.0.0/16","vxlanMode":"Always"}""")).Warnings));

    [Fact]
    public void A_network_policy_is_accepted_with_a_warning() => Assert.Equal(
        "NetworkPolicy(a/p): network policies are stored, not enforced",
        Assert.Single(Validation.Check(Of(Kinds.NetworkPolicy, "p", "{}", space: "a")).Warnings));

    [Theory]
    [InlineData("nodeToNodeMeshEnabled", "false", "false")]
    [InlineData("asNumber", "1", "1")]
    [InlineData("serviceClusterIPs", "[{\"cidr\":\"10.0.0.0/16\"}]", "10.0.0.0/16")]
    [InlineData("serviceExternalIPs", "[{\"cidr\":\"10.0.0.0/16\"}]", "10.0.0.0/16")]
    [InlineData("serviceLoadBalancerIPs", "[{\"cidr\":\"10.0.0.0/16\"}]", "10.0.0.0/16")]
    [InlineData("nodeMeshMaxRestartTime", "\"2m\"", "2m0s")]
    public void What_concerns_the_cluster_is_refused_for_a_node(string field, string json, string value) => Assert.Equal(
        $"error with field spec.{field} = '{value}' (Cannot set {field} on a non default BGP Configuration.)",
        Check(Kinds.BGPConfiguration, $$"""{"{{field}}":{{json}}}""", name: "node.a"));

    [Theory]
    [InlineData("""{"serviceClusterIPs":[{},{"cidr":"10.49.0.1/16"}]}""", "error with field spec.serviceClusterIPs[1].cidr = '10.49.0.1/16' (CIDR is not strictly masked)")]
    [InlineData("""{"serviceLoadBalancerAggregation":"Maybe"}""", "error with field spec.serviceLoadBalancerAggregation = 'Maybe' (must be one of: Enabled, Disabled)")]
    [InlineData("""{"listenPort":0}""", "error with field spec.listenPort = '0' (must be a port: 1 to 65535)")]
    [InlineData("""{"logSeverityScreen":"Loud"}""", "error with field spec.logSeverityScreen = 'Loud' (must be one of: Trace, Debug, Info, Warning, Error, Fatal)")]
    [InlineData("""{"ignoredInterfaces":["*"]}""", "error with field spec.ignoredInterfaces = '*' (must be 1 to 15 characters of letters, digits, '_', '.', '*' and '-', and not '*' alone)")]
    [InlineData("""{"communities":[{"name":"a","value":"1:2"}]}""", "error with field spec.communities = 'a' (communities are defined but prefixAdvertisements uses none)")]
    [InlineData("""{"prefixAdvertisements":[{"cidr":"10.0.0.0/8","communities":["b"]}]}""", "error with field spec.prefixAdvertisements[].communities = 'b' (is neither a community value nor a name that spec.communities defines)")]
    [InlineData("""{"nodeToNodeMeshEnabled":false,"nodeMeshMaxRestartTime":"10s"}""", "error with field spec.nodeMeshMaxRestartTime = '10s' (Cannot set nodeMeshMaxRestartTime while nodeToNodeMeshEnabled is false.)")]
    [InlineData("""{"asNumber":"1.65536"}""", "error with field spec.asNumber = '1.65536' (must be an AS number: 0 to 4294967295, or hi.lo with each part 0 to 65535)")]
    [InlineData("""{"logSeverityScreen":"info","communities":[{"name":"a","value":"1:2:3"}],"prefixAdvertisements":[{"cidr":"10.0.0.0/8","communities":["a","65535:65535"]}]}""", "")]
    public void A_BGP_configuration_is_judged(string spec, string expected) =>
        Assert.Equal(expected, Check(Kinds.BGPConfiguration, spec, name: "default"));

    [Theory]
    [InlineData("""{"node":"a","nodeSelector":"all()","peerIP":"10.0.0.1","asNumber":1}""", "error with field spec.node = 'a' (node and nodeSelector cannot both be set)")]
    [InlineData("""{"peerSelector":"all()","peerIP":"10.0.0.1"}""", "error with field spec.peerIP = '10.0.0.1' (peerIP and peerSelector cannot both be set)")]
    [InlineData("""{"peerSelector":"all()","asNumber":1}""", "error with field spec.asNumber = '1' (asNumber must not be set together with peerSelector)")]
    [InlineData("""{"peerIP":"10.0.0.1:99999","asNumber":1}""", "error with field spec.peerIP = '10.0.0.1:99999' (must be an IP address, ipv4:port or [ipv6]:port, the port 1 to 65535)")]
    [InlineData("""{}""", "error with field spec.peerIP = '' (one of peerIP, peerSelector and localWorkloadSelector must be set)")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"keepOriginalNextHop":true,"nextHopMode":"Self"}""", "error with field spec.nextHopMode = 'Self' (keepOriginalNextHop and nextHopMode cannot both be set)")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"reachableBy":"fd00::1"}""", "error with field spec.reachableBy = 'fd00::1' (must be of the same family as peerIP)")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"maxRestartTime":"2h"}""", "error with field spec.maxRestartTime = '2h0m0s' (must be between 0s and 4095s (RFC 4724))")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"ttlSecurity":300}""", "error with field spec.ttlSecurity = '300' (must be an integer from 0 to 255)")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"maxRestartTime":"soon"}""", "error with field spec.maxRestartTime = 'soon' (must be a duration such as '10s' or '2m')")]
    [InlineData("""{"peerIP":"10.0.0.1","asNumber":1,"password":{"secretKeyRef":{"name":"s"}}}""", "error with field spec.password.secretKeyRef.key = '' (must be specified)")]
    [InlineData("""{"peerSelector":"route-reflector == 'true'","nodeSelector":"all()"}""", "")]
    public void A_BGP_peer_is_judged(string spec, string expected) => Assert.Equal(expected, Check(Kinds.BGPPeer, spec));

    [Theory]
    [InlineData("""{"bgp":{}}""", "error with field spec.bgp = '{}' (Spec.BGP should not be empty)")]
    [InlineData("""{"bgp":{"ipv4Address":"fd00::1"}}""", "error with field spec.bgp.ipv4Address = 'fd00::1' (must be an IPv4 address, with or without a prefix length)")]
    [InlineData("""{"bgp":{"routeReflectorClusterID":"one"}}""", "error with field spec.bgp.routeReflectorClusterID = 'one' (must be in the form of an IPv4 address)")]
    [InlineData("""{"bgp":{"ipv4Address":"10.0.0.1/24","routeReflectorClusterID":"244.0.0.1","asNumber":"1.0"}}""", "")]
    public void A_node_is_judged(string spec, string expected) => Assert.Equal(expected, Check(Kinds.Node, spec));

    [Theory]
    [InlineData("p", """{}""", "error with field metadata.name = 'p' (Cannot create an IPAMConfiguration resource with a name other than \"default\")")]
    [InlineData("default", """{"maxBlocksPerHost":1000001}""", "error with field spec.maxBlocksPerHost = '1000001' (must be between 0 and 1000000)")]
    [InlineData("default", """{"strictAffinity":false,"autoAllocateBlocks":false}""", "")]
    public void The_settings_of_address_management_are_judged(string name, string spec, string expected) =>
        Assert.Equal(expected, Check(Kinds.IPAMConfiguration, spec, name: name));

    [Fact]
    public void The_setter_has_rules_between_settings()
    {
        Assert.Equal(
            "Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time",
            Validation.CheckIpamSettings(IpamConfiguration.Default with { AutoAllocateBlocks = false }));
        Assert.Equal("MaxBlocksPerHost requires StrictAffinity to be enabled", Validation.CheckIpamSettings(IpamConfiguration.Default with { MaxBlocksPerHost = 1 }));
        Assert.Null(Validation.CheckIpamSettings(IpamConfiguration.Default));
    }

    [Fact]
    public void A_wrong_type_in_a_Kubernetes_kind_is_named() => Assert.Equal(
        "error with field spec.ports[0].port = 'http' (must be an integer in range)",
        Validation.Check(Of(Kinds.Service, "s", """{"ports":[{"port":"http"}]}""", space: "a")).ToString());

    [Fact]
    public void A_label_with_a_bad_value_is_refused()
    {
        var resource = Of(Kinds.KubeNode, "n", "{}") with { Labels = Resource.EmptyMap.Add("a", "b c") };

        Assert.Equal("metadata.labels.a", Assert.Single(Validation.Check(resource).Errors).Field);
    }
}
