using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Actors.Introspection;
using Agent.Ipam;
using Agent.Ipc;
using Agent.Runtime.Hosting;

namespace Agent.Host.LocalApi;

/// <summary>What actors say of themselves: the agent's own answer <see cref="Describe"/>; of the runtime's the runtime
/// tells what it knows, of a region also its shards, of the cluster's the members.</summary>
internal sealed class ActorDescriptions(ActorSystem system)
{
    private const string Regions = "/system/sharding";
    private const string Membership = "/system/cluster";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly DescriptionJson Json = new(new JsonSerializerOptions(IpamJson.Options)
    {
        TypeInfoResolver = null,
        ReferenceHandler = ReferenceHandler.IgnoreCycles,
    });

    /// <summary>Describes the actor of an absolute path; null where there is none.</summary>
    public async Task<IpcReply?> DescribeAsync(string path, CancellationToken cancellation)
    {
        var found = RuntimeInspection.Tree(system, path, 1);
        if (found.Count == 0) return null;
        var actor = found[0];
        var answer = actor.Type.Assembly == typeof(ActorSystem).Assembly
            ? await OfRuntimeAsync(actor, found.Skip(1), cancellation)
            : await system.ActorSelection(actor.Path).Ask<object>(Describe.Instance, Patience, cancellation);
        return new IpcReply.Description(JsonSerializer.SerializeToElement(
            answer, Json.Options.GetTypeInfo(answer.GetType())));
    }

    private async Task<object> OfRuntimeAsync(
        ActorSnapshot actor, IEnumerable<ActorSnapshot> children, CancellationToken cancellation) =>
        new RuntimeActorDescription(
            $"{actor.Type.Name} belongs to the actor runtime; what the agent knows is in the actors below it",
            actor.Activity, actor.Waiting, actor.Restarts,
            [.. children.Select(child => child.Path)],
            ParentOf(actor.Path) == Regions ? await ShardsAsync(actor.Path, cancellation) : null,
            actor.Path == Membership ? Members() : null);

    private async Task<ImmutableArray<ShardDescription>?> ShardsAsync(string region, CancellationToken cancellation)
    {
        var state = await system.ActorSelection(region)
            .Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience, cancellation);
        return
        [
            .. state.Shards.OrderBy(shard => shard.ShardId, StringComparer.Ordinal).Select(shard =>
                new ShardDescription(shard.ShardId, [.. shard.EntityIds.Order(StringComparer.Ordinal)])),
        ];
    }

    private ImmutableArray<string> Members() =>
    [
        .. ActorCluster.Get(system).State.Members.Select(member => $"{member.Address} {member.Status}")
            .Order(StringComparer.Ordinal),
    ];

    private static string ParentOf(string path) => path[..path.LastIndexOf('/')];
}

/// <summary>What the runtime knows of an actor of its own.</summary>
/// <param name="About">Whose actor it is.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Mailbox">How many messages wait for it.</param>
/// <param name="Restarts">How often it failed and began anew.</param>
/// <param name="Children">The paths of its children.</param>
/// <param name="Shards">Of a region: the shards that are here, with their entities.</param>
/// <param name="Members">Of the cluster's actor: the members and their states.</param>
internal sealed record RuntimeActorDescription(
    string About, ActorActivity State, int Mailbox, long Restarts, ImmutableArray<string> Children,
    ImmutableArray<ShardDescription>? Shards, ImmutableArray<string>? Members);

/// <summary>A shard of a region.</summary>
/// <param name="Shard">Its id.</param>
/// <param name="Entities">The ids of the entities that live in it.</param>
internal sealed record ShardDescription(string Shard, ImmutableArray<string> Entities);
