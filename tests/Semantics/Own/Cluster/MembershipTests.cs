using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Who is a member, as several nodes see it over leases.</summary>
public sealed class MembershipTests
{
    private sealed class Log : ReceiveActor
    {
        public Log(List<string> log) => ReceiveAny(message => log.Add(message switch
        {
            ClusterEvent.MemberRemoved removed => $"removed {removed.Member.Address.Host} {removed.PreviousStatus}",
            ClusterEvent.IMemberEvent change => $"{change.GetType().Name} {change.Member.Address.Host}",
            ClusterEvent.ReachabilityEvent change => $"{change.GetType().Name} {change.Member.Address.Host}",
            ClusterEvent.LeaderChanged change => $"leader {change.Leader?.Host}",
            ClusterEvent.CurrentClusterState state => $"state {string.Join(',', state.Members.Select(m => m.Address.Host))}",
            _ => message.ToString()!,
        }));
    }

    private static List<string> Subscribe(SimulatedNode node, ClusterEvent.SubscriptionInitialStateMode mode, params Type[] to)
    {
        var log = new List<string>();
        Cluster.Get(node.System).Subscribe(node.System.ActorOf(Props.Create(() => new Log(log))), mode, to);
        return log;
    }

    private static readonly Type[] All = [typeof(ClusterEvent.IClusterDomainEvent)];

    private static string Members(SimulatedNode node) =>
        string.Join(',', Cluster.Get(node.System).State.Members.Select(m => m.Address.Host));

    [Fact]
    public void Coordinators_and_ordinary_nodes_see_the_members()
    {
        var cluster = new SimulatedCluster(1);
        var (a, b, x) = (cluster.Start("a"), cluster.Start("b"), cluster.Start("x", coordinator: false));
        cluster.Until(() => Members(a) == "a,b" && Members(b) == "a,b");
        cluster.Until(() => Members(x) == "a,b,x");
        Assert.All([a, b, x], n => Assert.Equal("a", Cluster.Get(n.System).State.Leader.Host));
        Assert.All([a, b, x], n => Assert.Equal("a", Cluster.Get(n.System).State.RoleLeader(ClusterSetup.Coordinator).Host));
        Assert.All([a, b, x], n => Assert.True(Cluster.Get(n.System).IsUp));
        Assert.Equal([ClusterSetup.Coordinator], Cluster.Get(x.System).State.AllRoles);
    }

    [Fact]
    public void A_member_that_does_not_renew_is_unreachable_and_then_removed()
    {
        var cluster = new SimulatedCluster(2);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        var log = Subscribe(b, ClusterEvent.InitialStateAsSnapshot, All);
        a.Crash();
        cluster.Until(() => log.Count == 4);
        Assert.Equal(["state a,b", "UnreachableMember a", "removed a Down", "leader b"], log);
    }

    [Fact]
    public void A_member_that_renews_late_but_in_time_is_reachable_again()
    {
        var cluster = new SimulatedCluster(9);
        ClusterSetup Slow(ClusterSetup setup) => setup with { TimeToLive = TimeSpan.FromSeconds(30) };
        var (a, b) = (cluster.Start("a", change: Slow), cluster.Start("b", change: Slow));
        cluster.HasSettled(a, b);
        var before = Cluster.Get(a.System).SelfUniqueAddress;
        var log = Subscribe(b, ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.ReachabilityEvent), typeof(ClusterEvent.IMemberEvent));
        a.Pause();
        cluster.Until(() => log.Contains("UnreachableMember a"));
        Assert.Equal(["a"], Cluster.Get(b.System).State.Unreachable.Select(m => m.Address.Host));
        a.Resume();
        cluster.Until(() => log.Count == 3);
        Assert.Equal(["state a,b", "UnreachableMember a", "ReachableMember a"], log);
        Assert.Empty(Cluster.Get(b.System).State.Unreachable);
        Assert.Equal(before, Cluster.Get(a.System).SelfUniqueAddress);
    }

    [Fact]
    public void A_member_that_leaves_is_removed_at_once()
    {
        var cluster = new SimulatedCluster(3);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        var (own, others) = (Subscribe(a, ClusterEvent.InitialStateAsEvents, All), Subscribe(b, ClusterEvent.InitialStateAsEvents, All));
        var left = Cluster.Get(a.System).LeaveAsync();
        cluster.Until(() => left.IsCompleted && others.Count == 5);
        Assert.Equal(["MemberUp a", "MemberUp b", "leader a", "MemberLeft a", "leader b", "MemberExited a", "removed a Exiting"], own);
        Assert.Equal(["MemberUp a", "MemberUp b", "leader a", "removed a Exiting", "leader b"], others);
        Assert.True(Cluster.Get(a.System).IsTerminated);
    }

    [Fact]
    public void A_node_that_was_paused_too_long_comes_back_as_another_incarnation()
    {
        var cluster = new SimulatedCluster(4);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        var before = Cluster.Get(a.System).SelfUniqueAddress;
        a.Pause();
        cluster.Until(() => Members(b) == "b");
        a.Resume();
        cluster.Until(() => Members(b) == "a,b" && Members(a) == "a,b");
        Assert.Equal(before.Address, Cluster.Get(a.System).SelfUniqueAddress.Address);
        Assert.NotEqual(before, Cluster.Get(a.System).SelfUniqueAddress);
    }

    [Fact]
    public void A_process_that_takes_the_place_of_a_dead_one_waits_for_the_lease_to_expire()
    {
        var cluster = new SimulatedCluster(5);
        var a = cluster.Start("a");
        cluster.Until(() => Members(a) == "a");
        a.Crash();
        var died = cluster.World.Elapsed;
        var next = cluster.Start("a");
        cluster.Until(() => Cluster.Get(next.System).IsUp);
        Assert.InRange(cluster.World.Elapsed - died, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void Without_the_store_a_node_keeps_what_it_knows_and_may_not_act()
    {
        var cluster = new SimulatedCluster(6);
        var (a, b) = (cluster.Start("a"), cluster.Start("b"));
        cluster.HasSettled(a, b);
        a.Store.IsCut = b.Store.IsCut = true;
        cluster.Advance(60);
        Assert.All([a, b], n => Assert.Equal("a,b", Members(n)));
        Assert.All(SimulatedCluster.IdOfEachShard, id => Assert.Null(cluster.OwnerOf(id)));
        a.Store.IsCut = b.Store.IsCut = false;
        Assert.Contains(a.Ask<string>("e1", "hello"), new[] { "a", "b" });
    }

    [Fact]
    public void A_node_that_is_told_to_leave_while_it_joins_gives_its_lease_back_and_was_no_member()
    {
        var cluster = new SimulatedCluster(10);
        var b = cluster.Start("b");
        cluster.HasSettled(b);
        var a = cluster.Start("a");
        var log = Subscribe(a, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        var left = Cluster.Get(a.System).LeaveAsync();
        cluster.Until(() => left.IsCompleted && Members(a) == "b");

        Assert.Equal(MemberStatus.Removed, Cluster.Get(a.System).SelfMember.Status);
        Assert.Contains(("member/akka.tcp://agent@a:7946", ""), cluster.Done(cluster.Store.ListAsync("")).Select(l => (l.Name, l.Holder)));
        Assert.Equal(["MemberUp b"], log);
        cluster.Advance(10);
        Assert.Equal("b", Members(b));
    }

    [Fact]
    public void A_lease_is_given_back_when_the_system_terminates()
    {
        var cluster = new SimulatedCluster(7);
        var a = cluster.Start("a");
        cluster.Until(() => Members(a) == "a");
        var ended = a.System.Terminate();
        cluster.Until(() => ended.IsCompleted);
        var leases = cluster.Done(cluster.Store.ListAsync(""));
        Assert.Equal(("member/akka.tcp://agent@a:7946", ""), Assert.Single(leases.Select(l => (l.Name, l.Holder))));
    }

    [Fact]
    public void Callbacks_run_once_when_the_node_is_up_and_when_it_has_left()
    {
        var cluster = new SimulatedCluster(8);
        var a = cluster.Start("a");
        var log = new List<string>();
        Cluster.Get(a.System).RegisterOnMemberUp(() => log.Add("up"));
        Cluster.Get(a.System).RegisterOnMemberRemoved(() => log.Add("removed"));
        cluster.Until(() => log.Count == 1);
        Cluster.Get(a.System).Leave(a.Address);
        cluster.Until(() => log.Count == 2);
        Assert.Equal(["up", "removed"], log);
    }

    [Fact]
    public void A_system_without_a_cluster_says_what_is_missing()
    {
        var system = new SeededWorld(1).CreateSystem("alone");
        Assert.Contains(nameof(RuntimeSetup), Assert.Throws<InvalidOperationException>(() => Cluster.Get(system)).Message, StringComparison.Ordinal);
    }
}
