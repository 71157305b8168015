using System.Net.Sockets;
using System.Runtime.CompilerServices;
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
        using var socket = NewSocket();
        return await ExplainedAsync(
            async () =>
            {
                await using var stream = await OpenAsync(socket, socketPath, request, limit.Token)
                    .ConfigureAwait(false);
                return await NextAsync(stream, limit.Token).ConfigureAwait(false) ?? throw NoAnswer(socketPath);
            },
            socketPath, request, deadline, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a request whose answer comes in parts, and gives each as it comes, until the agent has no more or
    /// <paramref name="cancellation"/> ends it.</summary>
    /// <param name="socketPath">The agent's socket.</param>
    /// <param name="request">What to ask.</param>
    /// <param name="deadline">How long the agent may take to accept the request.</param>
    /// <param name="cancellation">Ends the answer.</param>
    /// <exception cref="AgentUnavailableException">As for <see cref="AskAsync"/>.</exception>
    public static async IAsyncEnumerable<IpcReply> FollowAsync(
        string socketPath, IpcRequest request, TimeSpan deadline,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(deadline);
        using var socket = NewSocket();
        await using var stream = await ExplainedAsync(
            () => OpenAsync(socket, socketPath, request, limit.Token),
            socketPath, request, deadline, cancellation).ConfigureAwait(false);
        while (await ExplainedAsync(
            () => NextAsync(stream, cancellation), socketPath, request, deadline, cancellation)
            .ConfigureAwait(false) is { } reply)
        {
            yield return reply;
        }
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Connects, sends the request and takes the agent's greeting.</summary>
    private static async Task<Stream> OpenAsync(
        Socket socket, string socketPath, IpcRequest request, CancellationToken cancellation)
    {
        await ConnectAsync(socket, socketPath, cancellation).ConfigureAwait(false);
        var stream = new NetworkStream(socket, ownsSocket: false);
        byte[] opening =
        [
            .. IpcFrame.Encode(HelloId, new Hello(IpcFrame.ProtocolVersion), IpcJson.Default.Hello),
            .. IpcFrame.Encode(RequestId, request, IpcTypes.Of(request)),
        ];
        await stream.WriteAsync(opening, cancellation).ConfigureAwait(false);
        var hello = await IpcFrame.ReadAsync(stream, cancellation).ConfigureAwait(false)
            ?? throw NoAnswer(socketPath);
        if (hello.Type == IpcFrame.HelloType) return stream;
        var refusal = Reply(hello) as IpcReply.Error;                  // about the version
        throw new AgentUnavailableException(refusal?.Message ?? $"the agent on {socketPath} greeted with {hello.Type}");
    }

    private static async Task<T> ExplainedAsync<T>(
        Func<Task<T>> work, string socketPath, IpcRequest request, TimeSpan deadline, CancellationToken cancellation)
    {
        try
        {
            return await work().ConfigureAwait(false);
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

    private static async Task<IpcReply?> NextAsync(Stream stream, CancellationToken cancellation) =>
        await IpcFrame.ReadAsync(stream, cancellation).ConfigureAwait(false) is { } frame ? Reply(frame) : null;

    private static AgentUnavailableException NoAnswer(string path) =>
        new($"the agent closed the connection on {path} without an answer; its log says why");

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
