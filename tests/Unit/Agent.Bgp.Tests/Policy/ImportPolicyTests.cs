using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class ImportPolicyTests
{
    private static SessionSettings Session(uint peerAs) => new()
    {
        LocalAs = 64512,
        PeerAs = peerAs,
        RouterId = 7,
        PeerAddress = IpAddr.Parse("10.0.0.2"),
    };

    [Theory]
    [InlineData(0, 0, ImportVerdict.Accepted)]
    [InlineData(1, 0, ImportVerdict.AsLoop)]
    [InlineData(1, 1, ImportVerdict.Accepted)]
    [InlineData(2, 1, ImportVerdict.AsLoop)]
    public void Our_own_as_may_stand_in_the_path_as_often_as_allowed(int occurrences, int allowed, ImportVerdict expected)
    {
        var path = AsPath.Of([65001, .. Enumerable.Repeat(64512u, occurrences)]);

        foreach (var peerAs in new uint[] { 65001, 64512 })
            Assert.Equal(expected, ImportPolicy.Check(AttributeSet.Of(new PathAttributes { AsPath = path }), Session(peerAs), new PeerPolicy { AllowedLocalAs = allowed }));
    }

    [Theory]
    [InlineData(64512u, ImportVerdict.OwnOriginator)]
    [InlineData(65001u, ImportVerdict.Accepted)]
    public void What_we_originated_does_not_come_back_by_reflection(uint peerAs, ImportVerdict expected) =>
        Assert.Equal(expected, ImportPolicy.Check(AttributeSet.Of(new PathAttributes { OriginatorId = 7 }), Session(peerAs), new PeerPolicy()));

    [Theory]
    [InlineData(5u, ImportVerdict.ClusterLoop)]
    [InlineData(6u, ImportVerdict.Accepted)]
    [InlineData(null, ImportVerdict.Accepted)]
    public void What_went_through_the_sessions_cluster_does_not_come_back(uint? cluster, ImportVerdict expected) => Assert.Equal(
        expected,
        ImportPolicy.Check(AttributeSet.Of(new PathAttributes { ClusterList = [4, 5] }), Session(64512), new PeerPolicy { ClientClusterId = cluster }));

    [Fact]
    public void The_first_as_of_an_external_path_is_not_compared_with_the_peers() => Assert.Equal(
        ImportVerdict.Accepted, ImportPolicy.Check(AttributeSet.Of(new PathAttributes { AsPath = AsPath.Of(1) }), Session(65001), new PeerPolicy()));
}
