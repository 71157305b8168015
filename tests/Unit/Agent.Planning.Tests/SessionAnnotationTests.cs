using Agent.Bgp;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

/// <summary>What a BGPPeer's annotation asks of its session.</summary>
public sealed class SessionAnnotationTests
{
    [Fact]
    public void Every_word_sets_what_it_names()
    {
        var (spec, problems) = Plan(
            "add-path=receive multi-protocol=off refresh=off enhanced-refresh=off four-octet-as=off restart-after-notification=on "
            + "long-lived-restart=off long-lived-stale-time=24h extended-messages=on extended-next-hop=on host-name=node1 role=route-server "
            + "require-role=on send-hold-time=10m output-queue=1000000 prefix-limit=1000/80/5m mrai=5s");

        Assert.Empty(problems);
        Assert.Equal(
            new CapabilityOffer
            {
                AddPath = AddPathMode.Receive,
                MultiProtocol = false,
                RouteRefresh = false,
                EnhancedRouteRefresh = false,
                FourOctetAs = false,
                RestartAfterNotification = true,
                LongLivedRestart = false,
                LongLivedStaleTime = TimeSpan.FromHours(24),
                ExtendedMessages = true,
                ExtendedNextHop = true,
                HostName = "node1",
                Role = BgpRole.RouteServer,
                RequiresRole = true,
            },
            spec.Session.Offer);
        Assert.Equal((TimeSpan.FromMinutes(10), 1_000_000), (spec.Session.SendHoldTime, spec.Session.OutputQueueLimit));
        Assert.Equal(new PrefixLimit(1000, 80, TimeSpan.FromMinutes(5)), spec.Policy.PrefixLimit);
        Assert.Equal(TimeSpan.FromSeconds(5), spec.Policy.AdvertisementInterval);
    }

    [Fact]
    public void Without_the_annotation_the_session_is_calicos()
    {
        var (spec, problems) = Plan(null);

        Assert.Empty(problems);
        Assert.Equal(new CapabilityOffer(), spec.Session.Offer);
        Assert.Null(spec.Policy.PrefixLimit);
        Assert.Equal(TimeSpan.Zero, spec.Policy.AdvertisementInterval);
    }

    [Theory]
    [InlineData("add-path=all", "add-path is none, receive, send or both, not 'all'")]
    [InlineData("extended-messages", "extended-messages is on or off, not ''")]
    [InlineData("long-lived-stale-time=5000h", "long-lived-stale-time is a time below 4660h, as 24h, not '5000h'")]
    [InlineData("role=friend", "role is provider, route-server, route-server-client, customer or peer, not 'friend'")]
    [InlineData("output-queue=1", "output-queue is bytes, at least 65536, not '1'")]
    [InlineData("mrai=2h", "mrai is a time of at most 1h, as 5s; 0s is off, not '2h'")]
    [InlineData("prefix-limit=0", "prefix-limit is MOST, MOST/PERCENT or MOST/PERCENT/TIME, as 1000/75/5m, not '0'")]
    [InlineData("prefix-limit=5/101", "prefix-limit is MOST, MOST/PERCENT or MOST/PERCENT/TIME, as 1000/75/5m, not '5/101'")]
    [InlineData("hold=3", "'hold' is none of add-path, multi-protocol, ")]
    public void A_word_that_cannot_be_read_is_told_and_the_others_count(string word, string complaint)
    {
        var (spec, problems) = Plan($"{word} refresh=off");

        Assert.StartsWith($"BGPPeer(tor): annotation agent/session: {complaint}", Assert.Single(problems), StringComparison.Ordinal);
        Assert.Equal(new CapabilityOffer { RouteRefresh = false }, spec.Session.Offer);
    }

    private static (PeerSpec Spec, IReadOnlyCollection<string> Problems) Plan(string? annotation)
    {
        var annotations = annotation is null ? "" : $", annotations: {{agent/session: '{annotation}'}}";
        var plan = PeerPlan.For(
            Snapshot(
                Node("a", "10.0.0.1"),
                $"apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {{name: tor{annotations}}}\nspec: {{peerIP: 10.0.0.9, asNumber: 65001}}\n"),
            "a");
        return (Assert.Single(plan.Peers), plan.Problems);
    }
}
