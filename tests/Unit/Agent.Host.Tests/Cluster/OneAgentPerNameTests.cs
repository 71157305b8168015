using System.Net;
using Agent.Datastore;
using Agent.Host.Cluster;
using Agent.Planning.Coordination;
using Agent.Runtime.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Host.Tests.Cluster;

/// <summary>A start beside another agent of the same node name, in virtual time.</summary>
public sealed class OneAgentPerNameTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    private readonly SeededWorld _world = new(1);
    private readonly ILeases _leases;
    private Lease? _held;

    public OneAgentPerNameTests() => _leases = new InMemoryDatastore(_world.Time, new Random(1)).Leases;

    private void Hold(string agent)
    {
        var presence = new NodePresence("node1", agent, new IPEndPoint(IPAddress.Parse("10.0.0.7"), 7946), true);
        _held = Assert.IsType<LeaseResult.Held>(_leases.AcquireAsync(presence.Lease, presence.Holder, Beat, null).Result).Lease;
    }

    private Task Require()
    {
        // What waits goes on where the world's time moves, not where the test framework would have it.
        var framework = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var required = OneAgentPerName.RequireAsync(_leases, "node1", "mine@here", Beat, _world.Time, NullLogger.Instance);
        SynchronizationContext.SetSynchronizationContext(framework);
        _world.RunUntil(() => required.IsCompleted, TimeSpan.FromMinutes(1));
        return required;
    }

    [Fact]
    public async Task A_name_that_nobody_has_is_taken_at_once()
    {
        await Require();
        Assert.Equal(TimeSpan.Zero, _world.Elapsed);
    }

    [Fact]
    public async Task The_same_agent_starts_again_at_once()
    {
        Hold("mine@here");
        await Require();
        Assert.Equal(TimeSpan.Zero, _world.Elapsed);
    }

    [Fact]
    public async Task Another_agent_that_lives_is_not_started_beside()
    {
        Hold("other@there");
        using var renewal = _world.Time.CreateTimer(
            _ => _held = ((LeaseResult.Held)_leases.RenewAsync(_held!).Result).Lease, null, TimeSpan.FromSeconds(9.5), Beat);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(Require);

        Assert.Equal(
            "another agent runs as node node1, at 10.0.0.7:7946: give one of the two another nodeName (NODENAME), or stop that one",
            refused.Message);
    }

    [Fact]
    public async Task The_place_of_another_agent_that_is_dead_is_taken_after_a_while()
    {
        Hold("other@there");
        await Require();
        Assert.Equal(TimeSpan.FromSeconds(15), _world.Elapsed);
    }
}
