using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Runtime.Actor;
using Agent.Runtime.Cluster;
using Agent.Runtime.Cluster.Sharding;

namespace Agent.Runtime.Remote;

/// <summary>The forms on the wire of the runtime's own messages that are no plain data themselves.</summary>
internal static class RemoteWire
{
    public sealed record Stats(Dictionary<string, int> Entities, string[] Failed);

    public sealed record Who(string Id);

    public sealed record Me(string Id, bool Is);

    public sealed record Pill;

    public sealed record Failed(string Why);

    public sealed record Nothing;

    public static object From(object message)
    {
        switch (message)
        {
            case ShardRegionStats stats:
                return new Stats(stats.Stats.ToDictionary(s => s.Key, s => s.Value), [.. stats.Failed]);
            case Identify identify: return new Who(identify.MessageId.ToString() ?? "");
            case ActorIdentity identity:
                return new Me(identity.MessageId.ToString() ?? "", identity.Subject is not null);
            case PoisonPill: return new Pill();
            case Status.Failure failure: return new Failed(failure.Cause.Message);
            case Done: return new Nothing();
            default: return message;
        }
    }

    public static object To(object wire) => wire switch
    {
        RemoteWatcher.AreThere(var paths) when HasNull(paths) => throw NullPath(),
        RemoteWatcher.AreGone(var paths) when HasNull(paths) => throw NullPath(),
        Stats stats when HasNull(stats.Failed) => throw new JsonException("the id of a shard is null"),
        Stats stats => new ShardRegionStats(stats.Entities.ToImmutableDictionary(), stats.Failed.ToImmutableHashSet()),
        Who who => new Identify(who.Id),
        Me me => new ActorIdentity(me.Id, me.Is ? ActorRefs.Nobody : null),
        Pill => PoisonPill.Instance,
        Failed failed => new Status.Failure(new RemoteFailureException(failed.Why)),
        Nothing => Done.Instance,
        _ => wire,
    };

    // Annotations are respected for members of messages, not for what is in their lists.
    private static bool HasNull(IReadOnlyList<string> texts) => texts.Contains(null);

    private static JsonException NullPath() => new("a path is null");
}

/// <summary>What failed on another node; of its cause only the words have come.</summary>
internal sealed class RemoteFailureException(string message) : Exception(message);

[JsonSerializable(typeof(RemoteWire.Stats))]
[JsonSerializable(typeof(RemoteWire.Who))]
[JsonSerializable(typeof(RemoteWire.Me))]
[JsonSerializable(typeof(RemoteWire.Pill))]
[JsonSerializable(typeof(RemoteWire.Failed))]
[JsonSerializable(typeof(RemoteWire.Nothing))]
[JsonSerializable(typeof(ShardMessages.HomeIs))]
[JsonSerializable(typeof(ShardMessages.GetStats))]
[JsonSerializable(typeof(ClusterMessages.Refresh))]
[JsonSerializable(typeof(RemoteWatcher.AreThere))]
[JsonSerializable(typeof(RemoteWatcher.AreGone))]
[JsonSerializable(typeof(string))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class RemoteWireContext : JsonSerializerContext;
