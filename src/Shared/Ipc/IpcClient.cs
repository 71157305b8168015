using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ipc;

/// <summary>The other end: asks the agent of this node one thing over one connection.</summary>
public static class IpcClient
{
    /// <summary>Where the agent listens unless told otherwise.</summary>
    public const string DefaultSocketPath = "/var/run/agent/agent.sock";

    private const long HelloId = 0;
    private const long RequestId = 1;

    /// <summary>Sends the request and waits for its reply.</summary>
    /// <param name="socketPath">The agent's socket.</param>
    /// <param name="request">What to ask.</param>
    /// <param name="deadline">How long connecting, asking and answering may take together.</param>
    /// <param name="cancellation">Gives up waiting; the agent may carry the request out all the same.</param>
    /// <exception cref="AgentUnavailableException">Nobody answers, or not in time, or not in this protocol; the message
    /// says which.</exception>
    public static async Task<IpcReply> AskAsync(
        string socketPath, IpcRequest request, TimeSpan deadline, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(deadline);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await ConnectAsync(socket, socketPath, limit.Token).ConfigureAwait(false);
            await using var stream = new NetworkStream(socket, ownsSocket: false);

            byte[] opening =
            [
                .. IpcFrame.Encode(HelloId, new Hello(IpcFrame.ProtocolVersion), IpcJson.Default.Hello),
                .. IpcFrame.Encode(RequestId, request, IpcTypes.Of(request)),
            ];
            await stream.WriteAsync(opening, limit.Token).ConfigureAwait(false);

            var hello = await NextAsync(stream, socketPath, limit.Token).ConfigureAwait(false);
            if (hello.Type != IpcFrame.HelloType) return Reply(hello);      // an Error about the version
            return Reply(await NextAsync(stream, socketPath, limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AgentUnavailableException(
                $"the agent did not answer {request.GetType().Name} on {socketPath} within "
                + $"{deadline.TotalSeconds:0.###} s");
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new AgentUnavailableException($"the agent closed the connection on {socketPath}: {error.Message}",
                error);
        }
        catch (MalformedFrameException error)
        {
            throw new AgentUnavailableException(
                $"what answers on {socketPath} does not speak the agent's local API: {error.Message}", error);
        }
    }

    private static async Task ConnectAsync(Socket socket, string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            throw new AgentUnavailableException($"agent is not running on this node (no socket at {path})");
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new AgentUnavailableException($"the socket path {path} is too long for a Unix socket", error);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new AgentUnavailableException($"no permission to talk to the agent on {path}: run this as root",
                error);
        }
        catch (SocketException error)
        {
            throw new AgentUnavailableException(
                $"agent is not running on this node (nobody listens on {path}: {error.Message})", error);
        }
    }

    private static async Task<IpcFrame> NextAsync(NetworkStream stream, string path, CancellationToken cancellation) =>
        await IpcFrame.ReadAsync(stream, cancellation).ConfigureAwait(false)
        ?? throw new AgentUnavailableException(
            $"the agent closed the connection on {path} without an answer; its log says why");

    private static IpcReply Reply(IpcFrame frame)
    {
        JsonTypeInfo? format = IpcTypes.Reply(frame.Type);
        return format is null
            ? new IpcReply.Error(
                $"the agent answered {frame.Type}, which this program does not know; it is older than the agent")
            : (IpcReply)frame.Message(format);
    }
}

/// <summary>The agent of this node could not be asked; the message is fit for the user and says what to do.</summary>
public sealed class AgentUnavailableException : Exception
{
    /// <summary>With a message that names the socket and the remedy.</summary>
    public AgentUnavailableException(string message, Exception? inner = null) : base(message, inner) { }
}
