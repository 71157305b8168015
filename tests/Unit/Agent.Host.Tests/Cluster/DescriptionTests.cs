using System.Text.Json;
using Agent.Host.LocalApi;
using Agent.Ipc;
using Agent.Runtime.Hosting;

namespace Agent.Host.Tests.Cluster;

/// <summary><c>actor describe</c> on a node that coordinates: the agent's actors and the runtime's.</summary>
public sealed class DescriptionTests
{
    private readonly ClusterWorld _world = ClusterWorld.Of(1);

    public DescriptionTests() => _world.Until(() => _world.Owner() is not null);

    [Fact]
    public void Every_actor_of_the_process_is_described()
    {
        _world.Advance(5);
        var paths = RuntimeInspection.Tree(_world.Nodes[0].System, "/", 64).Select(actor => actor.Path).ToArray();

        Assert.Contains("/system/cluster", paths);
        Assert.Contains("/user/cluster", paths);
        Assert.Contains(paths, path => path.StartsWith("/system/sharding/block-affinity/", StringComparison.Ordinal)
            && path.EndsWith("/pool", StringComparison.Ordinal));
        foreach (var path in paths) Assert.Equal(JsonValueKind.Object, Describe(path)!.Value.ValueKind);
    }

    [Fact]
    public void A_region_shows_its_shards_and_the_clusters_actor_the_members()
    {
        var region = Describe("/system/sharding/block-affinity")!.Value;
        Assert.Equal(
            "ShardRegion belongs to the actor runtime; what the agent knows is in the actors below it",
            region.GetProperty("about").GetString());
        var shard = Assert.Single(region.GetProperty("shards").EnumerateArray());
        Assert.Equal(
            $"/system/sharding/block-affinity/{shard.GetProperty("shard").GetString()}",
            Assert.Single(region.GetProperty("children").EnumerateArray()).GetString());
        Assert.Equal("pool", Assert.Single(shard.GetProperty("entities").EnumerateArray()).GetString());

        Assert.Equal(
            "akka.tcp://agent@n1:7946 Up",
            Assert.Single(Describe("/system/cluster")!.Value.GetProperty("members").EnumerateArray()).GetString());
    }

    [Fact]
    public void What_is_not_there_has_no_description() => Assert.Null(Describe("/user/nobody"));

    private JsonElement? Describe(string path)
    {
        // Begun within the world, so that it goes on there.
        Task<IpcReply?>? asked = null;
        _world.World.After(
            TimeSpan.Zero, () => asked = new ActorDescriptions(_world.Nodes[0].System).DescribeAsync(path, default));
        Assert.True(
            _world.World.RunUntil(() => asked is { IsCompleted: true }, TimeSpan.FromSeconds(60)), $"{path} does not answer");
        return asked!.GetAwaiter().GetResult() is { } reply
            ? Assert.IsType<IpcReply.Description>(reply).Json
            : null;
    }
}
