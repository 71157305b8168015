using System.Net;
using Agent.Planning.Coordination;

namespace Agent.Planning.Tests.Coordination;

/// <summary>Who lives, by leases that are watched on a clock of one's own.</summary>
public sealed class PresenceViewTests
{
    private static readonly NodePresence Node1 =
        new("node1", "journal@machine", new IPEndPoint(IPAddress.Parse("10.0.1.20"), 7946), true);

    private readonly PresenceView _view = new(TimeSpan.FromSeconds(30));

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Read(double at, params (NodePresence Presence, long Version)[] leases) =>
        _view.Take(leases.Select(each => (each.Presence.Lease, each.Presence.Holder, each.Version)), At(at));

    [Theory]
    [InlineData("10.0.1.20:7946", true)]
    [InlineData("[2001:db8::1]:7946", false)]
    public void A_presence_is_read_as_it_was_written(string endpoint, bool willing)
    {
        var presence = new NodePresence("node1", "journal@machine", IPEndPoint.Parse(endpoint), willing);

        Assert.Equal(presence, NodePresence.Read(presence.Lease, presence.Holder));
    }

    [Theory]
    [InlineData("node/a", "")]
    [InlineData("node/a", "down by node2")]
    [InlineData("node/a", "journal;nowhere;coordinator")]
    [InlineData("member/a", "journal;10.0.1.20:7946;")]
    public void Other_leases_are_no_nodes(string name, string holder) => Assert.Null(NodePresence.Read(name, holder));

    [Fact]
    public void A_lease_that_was_just_found_counts_as_ready_and_not_as_proved()
    {
        Read(0, (Node1, 7));

        Assert.Equal([new KnownNode(Node1, IsReady: true, IsProved: false)], _view.Nodes);
    }

    [Fact]
    public void A_lease_that_is_renewed_proves_its_agent()
    {
        Read(0, (Node1, 7));
        Read(10, (Node1, 8));

        Assert.Equal([new KnownNode(Node1, true, IsProved: true)], _view.Nodes);
    }

    [Fact]
    public void Another_agent_under_the_name_is_not_proved_by_the_first_ones_lease()
    {
        Read(0, (Node1, 7));
        Read(10, (Node1 with { Agent = "other@machine" }, 8));

        Assert.False(Assert.Single(_view.Nodes).IsProved);
    }

    [Fact]
    public void A_lease_that_was_watched_unchanged_for_its_time_may_be_taken_over()
    {
        Read(0, (Node1, 7));
        Read(29, (Node1, 7));
        Assert.Null(_view.ExpiredVersion("node1"));
        Read(30, (Node1, 7));

        Assert.Equal(7, _view.ExpiredVersion("node1"));
        Assert.False(Assert.Single(_view.Nodes).IsReady);
    }

    [Fact]
    public void A_pause_of_the_watcher_expires_nobody()
    {
        Read(0, (Node1, 7));
        Read(3600, (Node1, 90));

        Assert.True(Assert.Single(_view.Nodes).IsReady);
    }

    [Fact]
    public void A_reading_that_comes_late_proves_nothing()
    {
        Read(0, (Node1, 7));
        Read(30, (Node1, 7));
        Read(1, (Node1, 6));

        Assert.False(Assert.Single(_view.Nodes).IsReady);
    }

    [Fact]
    public void A_lease_that_is_gone_is_forgotten()
    {
        Read(0, (Node1, 7));
        Read(10);

        Assert.Empty(_view.Nodes);
    }
}
