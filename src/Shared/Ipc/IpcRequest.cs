using System.Text.Json;

namespace Agent.Ipc;

/// <summary>What the CNI plugin, <c>agentctl</c> or the shell may ask the agent of this node: a closed
/// family.</summary>
/// <remarks>
/// A new request is a new record here and one row in <see cref="IpcTypes"/>; an agent that does not know it answers
/// <see cref="IpcReply.Error"/> and keeps the connection. A new member of an existing record is optional (it has a
/// default), because an
/// older plugin may leave it out; members that a reader does not know are ignored.
/// </remarks>
public abstract partial record IpcRequest
{
    private IpcRequest() { }

    /// <summary>CNI ADD: give the pod an address and wire it. Answered by <see cref="IpcReply.CniAdded"/>.</summary>
    /// <param name="ContainerId"><c>CNI_CONTAINERID</c>: the sandbox.</param>
    /// <param name="Netns"><c>CNI_NETNS</c>: path of the pod's network namespace.</param>
    /// <param name="IfName"><c>CNI_IFNAME</c>: the name of the interface in the pod.</param>
    /// <param name="Args"><c>CNI_ARGS</c> taken apart (<c>K8S_POD_NAMESPACE</c>, <c>K8S_POD_NAME</c>, ...).</param>
    /// <param name="Config">The network configuration as it came on stdin. It may hold credentials: never log
    /// it.</param>
    public sealed record CniAdd(
        string ContainerId, string Netns, string IfName, IReadOnlyDictionary<string, string> Args, JsonElement Config)
            : IpcRequest;

    /// <summary>CNI DEL: take the wiring away and release the address; repeating it succeeds. Answered by
    /// <see cref="IpcReply.Done"/>.</summary>
    /// <param name="ContainerId"><c>CNI_CONTAINERID</c>.</param>
    /// <param name="IfName"><c>CNI_IFNAME</c>.</param>
    /// <param name="Args"><c>CNI_ARGS</c> taken apart.</param>
    /// <param name="Config">The network configuration.</param>
    /// <param name="Netns"><c>CNI_NETNS</c>; null when the namespace is gone already.</param>
    public sealed record CniDel(
        string ContainerId, string IfName, IReadOnlyDictionary<string, string> Args, JsonElement Config,
        string? Netns = null) : IpcRequest;

    /// <summary>CNI CHECK: is the pod wired as <c>prevResult</c> of the configuration says? Answered by
    /// <see cref="IpcReply.Done"/>.</summary>
    /// <param name="ContainerId"><c>CNI_CONTAINERID</c>.</param>
    /// <param name="Netns"><c>CNI_NETNS</c>.</param>
    /// <param name="IfName"><c>CNI_IFNAME</c>.</param>
    /// <param name="Args"><c>CNI_ARGS</c> taken apart.</param>
    /// <param name="Config">The network configuration with <c>prevResult</c>.</param>
    public sealed record CniCheck(
        string ContainerId, string Netns, string IfName, IReadOnlyDictionary<string, string> Args, JsonElement Config)
            : IpcRequest;

    /// <summary>CNI GC: whatever this node holds for the network and is not in the list may go. Answered by
    /// <see cref="IpcReply.Done"/>.</summary>
    /// <param name="Network">The network's name (<c>name</c> of the configuration).</param>
    /// <param name="ValidAttachments">Every attachment that the runtime still knows
    /// (<c>cni.dev/valid-attachments</c>).</param>
    public sealed record CniGc(string Network, IReadOnlyList<CniAttachment> ValidAttachments) : IpcRequest;

    /// <summary>CNI STATUS: can the agent serve an ADD now? Answered by <see cref="IpcReply.Done"/> or
    /// <see cref="IpcReply.CniFailed"/>.</summary>
    /// <param name="Config">The network configuration.</param>
    public sealed record CniStatus(JsonElement Config) : IpcRequest;

    /// <summary>What <c>agentctl node status</c> shows. Answered by <see cref="IpcReply.NodeStatus"/>.</summary>
    public sealed record NodeStatusRequest : IpcRequest;

    /// <summary>Which agent is this? Answered by <see cref="IpcReply.AgentVersion"/>.</summary>
    public sealed record VersionRequest : IpcRequest;

    /// <summary>Send Cease to every BGP peer and withdraw this node from traffic. Answered by
    /// <see cref="IpcReply.Done"/>.</summary>
    /// <param name="Text">What to tell the peers' operators, at most 255 bytes (RFC 9003); empty for the agent's own
    /// words.</param>
    public sealed record Drain(string Text = "") : IpcRequest;

    /// <summary>What an actor says of itself. Answered by <see cref="IpcReply.Description"/>.</summary>
    /// <param name="Path">The actor's path, such as <c>/user/node/bgp/peers/10.0.1.20</c>.</param>
    public sealed record Describe(string Path) : IpcRequest;
}

/// <summary>One interface of one sandbox, as the container runtime names it.</summary>
/// <param name="ContainerId">The sandbox.</param>
/// <param name="IfName">The interface in it.</param>
public sealed record CniAttachment(string ContainerId, string IfName);
