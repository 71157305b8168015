using Agent.Actors.Bgp;
using Agent.Actors.Node;
using Agent.Actors.Workloads;
using Agent.Host.Logging;
using Agent.Ipc;

namespace Agent.Host.LocalApi;

/// <summary>Answers the local API: each request becomes one question to one actor.</summary>
internal sealed class LocalApiHandler(ActorSystem system, string node, string version, AgentLog log)
{
    /// <summary>A CNI request may wait for others of its kind, for a block and for the kernel (spec calico-ipam-cni-cli
    /// 6).</summary>
    private static readonly TimeSpan CniPatience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly BgpApi _bgp = new(
        (path, question, cancellation) => Find(system, path).Ask<object>(question, Patience, cancellation), node);

    private readonly ShellApi _shell = new(system, log);

    /// <summary>The actor of that path below the node's root.</summary>
    public static ICanTell Find(ActorSystem system, string path) =>
        system.ActorSelection(path.Length == 0 ? $"/user/{NodeActor.Name}" : $"/user/{NodeActor.Name}/{path}");

    /// <summary>Answers one request.</summary>
    public async Task<IpcReply> HandleAsync(IpcRequest request, CancellationToken cancellation)
    {
        try
        {
            if (_bgp.Answer(request, cancellation) is { } aboutBgp) return await aboutBgp;
            if (_shell.Answer(request, cancellation) is { } aboutAgent) return await aboutAgent;
            return request switch
            {
                IpcRequest.CniAdd add =>
                    CniMessages.Reply(await AskAsync("pods", CniMessages.From(add), CniPatience, cancellation)),
                IpcRequest.CniDel delete =>
                    CniMessages.Reply(await AskAsync("pods", CniMessages.From(delete), CniPatience, cancellation)),
                IpcRequest.CniCheck check =>
                    CniMessages.Reply(await AskAsync("pods", CniMessages.From(check), CniPatience, cancellation)),
                IpcRequest.CniGc collect =>
                    CniMessages.Reply(await AskAsync("pods", CniMessages.From(collect), CniPatience, cancellation)),
                IpcRequest.CniStatus => CniMessages.Reply(
                    await AskAsync("pods", PodProtocol.GetReadiness.Instance, Patience, cancellation)),
                IpcRequest.NodeStatusRequest =>
                    Status(await AskAsync("bgp", PeerSetProtocol.GetStatus.Instance, Patience, cancellation)),
                IpcRequest.VersionRequest => new IpcReply.AgentVersion(version.Split('+')[0],
                    version.Split('+') is [_, var commit] ? commit : "unknown", node),
                IpcRequest.Drain(var text) => Drained(await AskAsync(
                    "bgp", new PeerSetProtocol.Drain(text.Length > 0 ? text : $"{node} is drained"), Patience,
                    cancellation)),
                _ => new IpcReply.Error(
                    $"the agent does not know the request {request.GetType().Name}; it is older than this program"),
            };
        }
        catch (AskTimeoutException)
        {
            return new IpcReply.Error(
                $"the agent's actor did not answer {request.GetType().Name} in time; its log says why");
        }
    }

    /// <summary>The parts of an answer that comes in parts; null for a request that
    /// <see cref="HandleAsync"/> answers.</summary>
    public IAsyncEnumerable<IpcReply>? Follow(IpcRequest request, CancellationToken cancellation) =>
        _shell.Follow(request, cancellation);

    private Task<object> AskAsync(string path, object question, TimeSpan patience, CancellationToken cancellation) =>
        Find(system, path).Ask<object>(question, patience, cancellation);

    private static IpcReply Drained(object answer) =>
        answer is PeerSetProtocol.Stopped ? new IpcReply.Done() : new IpcReply.Error($"unexpected answer {answer}");

    private static IpcReply Status(object answer) => answer is PeerSetProtocol.Status status
        ? new IpcReply.NodeStatus(
            true,
            [.. Shown(status).Where(peer => peer.Address.IsV4).Select(Row)],
            [.. Shown(status).Where(peer => !peer.Address.IsV4).Select(Row)])
        : new IpcReply.Error($"unexpected answer {answer}");

    /// <summary>Peers in local pods are left out, as by calicoctl (spec calico-bgp 6.1).</summary>
    private static IEnumerable<PeerSetProtocol.PeerStatus> Shown(PeerSetProtocol.Status status) =>
        status.Peers.Where(peer => peer.Type != Agent.Bgp.PeerType.Workload);

    private static BgpSessionStatus Row(PeerSetProtocol.PeerStatus peer) => new(
        AddressIn(peer),
        BgpWords.Of(peer.Type),
        peer.State,
        peer.Since,
        peer.Text);

    /// <summary>As calicoctl derives it from the session's name: a peer with a port shows as <c>10.0.0.1.port.1179</c>
    /// (spec calico-bgp 6.1).</summary>
    private static string AddressIn(PeerSetProtocol.PeerStatus peer) =>
        peer.Name[(peer.Name.IndexOf('_', StringComparison.Ordinal) + 1)..].Replace('_', peer.Address.IsV4 ? '.' : ':');
}
