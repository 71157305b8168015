using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ipc;

/// <summary>The names that messages have on the wire. A name, once used, never means anything else.</summary>
public static class IpcTypes
{
    private static readonly Dictionary<string, JsonTypeInfo> Requests = Table(
        IpcJson.Default.CniAdd, IpcJson.Default.CniDel, IpcJson.Default.CniCheck, IpcJson.Default.CniGc,
        IpcJson.Default.CniStatus,
        IpcJson.Default.NodeStatusRequest, IpcJson.Default.VersionRequest, IpcJson.Default.Drain,
        IpcJson.Default.Describe,
        IpcJson.Default.BgpPeersRequest, IpcJson.Default.BgpRoutesRequest, IpcJson.Default.BgpExplain,
        IpcJson.Default.BgpClear, IpcJson.Default.BgpRefresh, IpcJson.Default.BgpRecord,
        IpcJson.Default.ActorTree, IpcJson.Default.LogPeek, IpcJson.Default.LogLevel,
        IpcJson.Default.ClusterShow, IpcJson.Default.ClusterLeave, IpcJson.Default.ClusterDown,
        IpcJson.Default.ListRegions, IpcJson.Default.RegionStats);

    private static readonly Dictionary<string, JsonTypeInfo> Replies = Table(
        IpcJson.Default.Done, IpcJson.Default.CniAdded, IpcJson.Default.CniFailed, IpcJson.Default.NodeStatus,
        IpcJson.Default.AgentVersion, IpcJson.Default.Description, IpcJson.Default.Error,
        IpcJson.Default.BgpPeers, IpcJson.Default.BgpRoutes, IpcJson.Default.BgpExplained, IpcJson.Default.BgpDone,
        IpcJson.Default.BgpRecording,
        IpcJson.Default.Actors, IpcJson.Default.LogLines, IpcJson.Default.LogLevels,
        IpcJson.Default.ClusterView, IpcJson.Default.ShardRegions, IpcJson.Default.ShardRegionStats);

    /// <summary>How the request of that name is read; null when there is none.</summary>
    internal static JsonTypeInfo? Request(string type) => Requests.GetValueOrDefault(type);

    /// <summary>How the reply of that name is read; null when there is none.</summary>
    internal static JsonTypeInfo? Reply(string type) => Replies.GetValueOrDefault(type);

    /// <summary>How a message is written.</summary>
    internal static JsonTypeInfo Of(object message) =>
        Request(message.GetType().Name) ?? Reply(message.GetType().Name)
        ?? throw new ArgumentException($"{message.GetType()} has no row in {nameof(IpcTypes)}", nameof(message));

    /// <summary>The JSON of a reply as it travels: what <c>-o json</c> prints.</summary>
    public static JsonElement ToJson(IpcReply reply) => JsonSerializer.SerializeToElement(reply, Of(reply));

    private static Dictionary<string, JsonTypeInfo> Table(params ReadOnlySpan<JsonTypeInfo> rows)
    {
        var table = new Dictionary<string, JsonTypeInfo>(StringComparer.Ordinal);
        foreach (var row in rows) table.Add(row.Type.Name, row);
        return table;
    }
}

/// <summary>The first message in each direction.</summary>
/// <param name="Version">The version of the protocol that the sender speaks.</param>
internal sealed record Hello(int Version);

/// <summary>Serialisers of every message, made at compile time because the CNI plugin is compiled ahead of
/// time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(IpcRequest.CniAdd))]
[JsonSerializable(typeof(IpcRequest.CniDel))]
[JsonSerializable(typeof(IpcRequest.CniCheck))]
[JsonSerializable(typeof(IpcRequest.CniGc))]
[JsonSerializable(typeof(IpcRequest.CniStatus))]
[JsonSerializable(typeof(IpcRequest.NodeStatusRequest))]
[JsonSerializable(typeof(IpcRequest.VersionRequest))]
[JsonSerializable(typeof(IpcRequest.Drain))]
[JsonSerializable(typeof(IpcRequest.Describe))]
[JsonSerializable(typeof(IpcRequest.BgpPeersRequest))]
[JsonSerializable(typeof(IpcRequest.BgpRoutesRequest))]
[JsonSerializable(typeof(IpcRequest.BgpExplain))]
[JsonSerializable(typeof(IpcRequest.BgpClear))]
[JsonSerializable(typeof(IpcRequest.BgpRefresh))]
[JsonSerializable(typeof(IpcRequest.BgpRecord))]
[JsonSerializable(typeof(IpcRequest.ActorTree))]
[JsonSerializable(typeof(IpcRequest.LogPeek))]
[JsonSerializable(typeof(IpcRequest.LogLevel))]
[JsonSerializable(typeof(IpcRequest.ClusterShow))]
[JsonSerializable(typeof(IpcRequest.ClusterLeave))]
[JsonSerializable(typeof(IpcRequest.ClusterDown))]
[JsonSerializable(typeof(IpcRequest.ListRegions))]
[JsonSerializable(typeof(IpcRequest.RegionStats))]
[JsonSerializable(typeof(IpcReply.Done))]
[JsonSerializable(typeof(IpcReply.CniAdded))]
[JsonSerializable(typeof(IpcReply.CniFailed))]
[JsonSerializable(typeof(IpcReply.NodeStatus))]
[JsonSerializable(typeof(IpcReply.AgentVersion))]
[JsonSerializable(typeof(IpcReply.Description))]
[JsonSerializable(typeof(IpcReply.BgpPeers))]
[JsonSerializable(typeof(IpcReply.BgpRoutes))]
[JsonSerializable(typeof(IpcReply.BgpExplained))]
[JsonSerializable(typeof(IpcReply.BgpDone))]
[JsonSerializable(typeof(IpcReply.BgpRecording))]
[JsonSerializable(typeof(IpcReply.Actors))]
[JsonSerializable(typeof(IpcReply.LogLines))]
[JsonSerializable(typeof(IpcReply.LogLevels))]
[JsonSerializable(typeof(IpcReply.ClusterView))]
[JsonSerializable(typeof(IpcReply.ShardRegions))]
[JsonSerializable(typeof(IpcReply.ShardRegionStats))]
[JsonSerializable(typeof(IpcReply.Error))]
internal sealed partial class IpcJson : JsonSerializerContext;
