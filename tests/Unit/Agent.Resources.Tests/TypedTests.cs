using System.Text.Json;
using Agent.Primitives;

namespace Agent.Resources.Tests;

public sealed class TypedTests
{
    internal static Resource Of(ResourceKind kind, string name, string spec, string? status = null, string? space = null) => new()
    {
        Key = new ResourceKey(kind, name, space),
        Spec = JsonDocument.Parse(spec).RootElement,
        Status = status is null ? default : JsonDocument.Parse(status).RootElement,
    };

    [Theory]
    [InlineData("64512", 64512u)]
    [InlineData("\"64512\"", 64512u)]
    [InlineData("\"1.10\"", 65546u)]
    [InlineData("1.10", 65546u)]
    [InlineData("\"65535.65535\"", 4294967295u)]
    public void An_AS_number_is_read_in_every_form_and_written_as_an_integer(string text, uint expected)
    {
        var peer = BgpPeer.From(Of(Kinds.BGPPeer, "a", $$"""{"asNumber":{{text}},"localASNumber":{{text}}}"""));

        Assert.Equal((expected, expected), (peer.AsNumber, peer.LocalASNumber));
        Assert.Equal($$"""{"asNumber":{{expected}},"localASNumber":{{expected}}}""", peer.ToResource().Spec.GetRawText());
    }

    [Fact]
    public void An_unquoted_dotted_AS_number_of_YAML_keeps_its_last_zero()
    {
        var content = ManifestReader.Read("apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: a}\nspec: {asNumber: 1.10}\n");

        Assert.Equal(65546u, BgpPeer.From(Assert.Single(content.Resources)).AsNumber);
    }

    [Theory]
    [InlineData("{}", 26, "10.0.0.0/16")]
    [InlineData("{\"blockSize\":0}", 26, "10.0.0.0/16")]
    [InlineData("{\"blockSize\":29}", 29, "10.0.0.0/16")]
    [InlineData("{}", 122, "fd00::/48")]
    public void A_pool_is_read_with_its_defaults(string spec, int blockSize, string cidr)
    {
        var resource = Of(Kinds.IPPool, "p", spec.Replace("{", $$"""{"cidr":"{{cidr}}"{{(spec == "{}" ? "" : ",")}}""", StringComparison.Ordinal));

        var pool = IPPool.From(resource);

        var expected = new IPPool
        {
            Cidr = IpPrefix.Parse(cidr),
            BlockSize = blockSize,
            AllowedUses = [AllowedUse.Workload, AllowedUse.Tunnel],
            Metadata = pool.Metadata,
        };
        Assert.Equal(expected, pool with { Status = default });
    }

    [Fact]
    public void A_CIDR_is_written_in_its_canonical_text() =>
        Assert.Contains("\"fd00::/48\"", Defaults.Apply(Of(Kinds.IPPool, "p", """{"cidr":"FD00:0::/48"}""")).Spec.GetRawText(), StringComparison.Ordinal);

    [Fact]
    public void Members_that_are_missing_read_as_their_defaults()
    {
        Assert.Equal("ClusterIP", Service.From(Of(Kinds.Service, "s", "{}", space: "a")).Type);
        Assert.Equal("host", BlockAffinity.From(Of(Kinds.BlockAffinity, "b", """{"node":"n","cidr":"10.0.0.0/26"}""")).Type);
        Assert.Equal(AffinityState.Confirmed, BlockAffinity.From(Of(Kinds.BlockAffinity, "b", """{"node":"n","cidr":"10.0.0.0/26","state":""}""")).State);
        Assert.True(IpamConfiguration.From(Of(Kinds.IPAMConfiguration, "default", "{}")).AutoAllocateBlocks);
        Assert.Equal("", EndpointSlice.From(Of(Kinds.EndpointSlice, "e", "{}", space: "a")).AddressType);
        Assert.Equal("", KubeNode.From(Of(Kinds.KubeNode, "n", "{}", """{"conditions":[{"type":"Ready"}]}""")).NodeStatus.Conditions[0].Status);
    }

    [Fact]
    public void A_block_survives_a_round_trip_in_Calicos_layout()
    {
        const string spec =
            """{"cidr":"10.0.0.0/30","affinity":"host:node1","allocations":[0,null,null,null],"unallocated":[1,2,3],"attributes":[{"handle_id":"h","secondary":{"node":"node1","pod":"p"}}],"sequenceNumber":18446744073709551615,"sequenceNumberForAllocation":{"0":18446744073709551614}}""";

        var block = IpamBlock.From(Of(Kinds.IPAMBlock, "10-0-0-0-30", spec.Replace("\"sequenceNumber\"", "\"deleted\":\"false\",\"sequenceNumber\"", StringComparison.Ordinal)));

        Assert.Equal([0, null, null, null], block.Allocations);
        Assert.Equal("p", block.Attributes[0].Secondary!["pod"]);
        Assert.Equal(spec, block.ToResource().Spec.GetRawText());
    }

    [Theory]
    [InlineData("10s", 10)]
    [InlineData("2m", 120)]
    [InlineData("1h2m3s", 3723)]
    [InlineData("1.5s", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("0", 0)]
    public void A_duration_is_read_as_Go_reads_it(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
        Assert.True(GoDuration.TryParse(GoDuration.Format(duration), out var again));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("1d")]
    [InlineData("9999999999999h")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", 0)]
    [InlineData("10.0.0.1:1179", "10.0.0.1", 1179)]
    [InlineData("fd00::1", "fd00::1", 0)]
    [InlineData("[fd00::1]:1179", "fd00::1", 1179)]
    public void A_peer_address_may_carry_a_port(string text, string address, int port)
    {
        Assert.True(BgpPeer.TryParsePeerIP(text, out var parsed, out var parsedPort));
        Assert.Equal((IpAddr.Parse(address), (ushort)port), (parsed, parsedPort));
    }

    [Theory]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.1:0")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("[10.0.0.1]:179")]
    [InlineData("[fd00::1]")]
    [InlineData("host:179")]
    [InlineData("")]
    public void What_is_no_peer_address_is_refused(string text) => Assert.False(BgpPeer.TryParsePeerIP(text, out _, out _));

    [Fact]
    public void A_Kubernetes_node_is_seen_as_Calicos_through_its_annotations()
    {
        var resource = Of(Kinds.KubeNode, "node1", "{}") with
        {
            Annotations = Resource.EmptyMap
                .Add("projectcalico.org/IPv4Address", "10.0.0.10/24")
                .Add("projectcalico.org/ASNumber", "nonsense")
                .Add("projectcalico.org/RouteReflectorClusterID", "244.0.0.1"),
        };

        Assert.Equal(
            new NodeBgp { Ipv4Address = "10.0.0.10/24", RouteReflectorClusterID = "244.0.0.1" },
            CalicoNode.From(KubeNode.From(resource)).Bgp);
    }
}
