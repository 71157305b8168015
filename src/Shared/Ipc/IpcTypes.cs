using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ipc;

/// <summary>The names that messages have on the wire. A name, once used, never means anything else.</summary>
internal static class IpcTypes
{
    private static readonly Dictionary<string, JsonTypeInfo> Requests = Table(
        IpcJson.Default.CniAdd, IpcJson.Default.CniDel, IpcJson.Default.CniCheck, IpcJson.Default.CniGc,
        IpcJson.Default.CniStatus,
        IpcJson.Default.NodeStatusRequest, IpcJson.Default.VersionRequest, IpcJson.Default.Drain,
        IpcJson.Default.Describe);

    private static readonly Dictionary<string, JsonTypeInfo> Replies = Table(
        IpcJson.Default.Done, IpcJson.Default.CniAdded, IpcJson.Default.CniFailed, IpcJson.Default.NodeStatus,
        IpcJson.Default.AgentVersion, IpcJson.Default.Description, IpcJson.Default.Error);

    /// <summary>How the request of that name is read; null when there is none.</summary>
    internal static JsonTypeInfo? Request(string type) => Requests.GetValueOrDefault(type);

    /// <summary>How the reply of that name is read; null when there is none.</summary>
    internal static JsonTypeInfo? Reply(string type) => Replies.GetValueOrDefault(type);

    /// <summary>How a message is written.</summary>
    internal static JsonTypeInfo Of(object message) =>
        Request(message.GetType().Name) ?? Reply(message.GetType().Name)
        ?? throw new ArgumentException($"{message.GetType()} has no row in {nameof(IpcTypes)}", nameof(message));

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
[JsonSerializable(typeof(IpcReply.Done))]
[JsonSerializable(typeof(IpcReply.CniAdded))]
[JsonSerializable(typeof(IpcReply.CniFailed))]
[JsonSerializable(typeof(IpcReply.NodeStatus))]
[JsonSerializable(typeof(IpcReply.AgentVersion))]
[JsonSerializable(typeof(IpcReply.Description))]
[JsonSerializable(typeof(IpcReply.Error))]
internal sealed partial class IpcJson : JsonSerializerContext;
