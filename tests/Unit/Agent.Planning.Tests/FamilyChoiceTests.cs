using Agent.Primitives;
using Agent.Resources;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

/// <summary>Of which families a pod gets an address: annotations before the CNI configuration (spec calico-ipam-cni-cli 2.2, 4.4).</summary>
public sealed class FamilyChoiceTests
{
    private static readonly ClusterSnapshot Cluster = Snapshot(
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: six, annotations: {cni.projectcalico.org/ipFamilies: '["IPv6"]'} }
        """);

    [Theory]
    [InlineData(null, null, "V4")]
    [InlineData("six", null, "V6")]
    [InlineData("six", """["IPv6", "IPv4", "IPv6"]""", "V4 V6")]
    [InlineData("other", """["IPv6"]""", "V6")]
    public void The_pod_decides_before_its_namespace_and_that_before_the_configuration(string? space, string? annotation, string expected)
    {
        var choice = For(space, annotation);

        Assert.Null(choice.Error);
        Assert.Equal(expected, string.Join(' ', choice.Families));
    }

    [Theory]
    [InlineData("IPv4", "error parsing ipFamilies: 'IPv4' is not a list of IPv4 and IPv6")]
    [InlineData("""["IPv5"]""", """error parsing ipFamilies: '["IPv5"]' is not a list of IPv4 and IPv6""")]
    [InlineData("""{"IPv4": true}""", """error parsing ipFamilies: '{"IPv4": true}' is not a list of IPv4 and IPv6""")]
    [InlineData("[]", "neither IPv4 nor IPv6 is asked for: set assign_ipv4 or assign_ipv6 of the CNI configuration's ipam, or the annotation cni.projectcalico.org/ipFamilies")]
    public void A_wish_that_cannot_be_read_is_refused(string annotation, string error)
    {
        var choice = For("six", annotation);

        Assert.Equal(error, choice.Error);
        Assert.Empty(choice.Families);
    }

    private static FamilyChoice For(string? space, string? annotation) => FamilyChoice.For(
        Cluster, space,
        annotation is null ? Resource.EmptyMap : Resource.EmptyMap.Add(FamilyChoice.Annotation, annotation), [IpFamily.V4]);
}
