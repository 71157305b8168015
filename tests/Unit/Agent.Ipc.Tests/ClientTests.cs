using System.Net.Sockets;

namespace Agent.Ipc.Tests;

public sealed class ClientTests : SocketFixture
{
    [Fact]
    public async Task A_missing_socket_means_that_no_agent_runs_here()
    {
        var error = await Assert.ThrowsAsync<AgentUnavailableException>(() => AskAsync(new IpcRequest.Drain()));

        Assert.Equal($"agent is not running on this node (no socket at {SocketPath})", error.Message);
    }

    [Fact]
    public async Task A_socket_without_a_listener_means_the_same()
    {
        LeaveDeadSocket();

        var error = await Assert.ThrowsAsync<AgentUnavailableException>(() => AskAsync(new IpcRequest.Drain()));

        Assert.StartsWith($"agent is not running on this node (nobody listens on {SocketPath}: Connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_not_waited_for_longer_than_the_deadline()
    {
        var gate = new TaskCompletionSource();
        await using var server = Serve(async (_, _) =>
        {
            await gate.Task;
            return new IpcReply.Done();
        });

        var error = await Assert.ThrowsAsync<AgentUnavailableException>(
            () => IpcClient.AskAsync(SocketPath, new IpcRequest.Drain(), TimeSpan.FromMilliseconds(100)));

        Assert.Equal($"the agent did not answer Drain on {SocketPath} within 0.1 s", error.Message);
        gate.SetResult();
    }

    [Fact]
    public async Task The_callers_own_cancellation_stays_a_cancellation()
    {
        await using var server = Serve(_ => new IpcReply.Done());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => IpcClient.AskAsync(SocketPath, new IpcRequest.Drain(), Patience, new CancellationToken(true)));
    }

    [Fact]
    public async Task Something_else_on_the_socket_is_recognised()
    {
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stranger.Bind(new UnixDomainSocketEndPoint(SocketPath));
        stranger.Listen();
        var asking = AskAsync(new IpcRequest.Drain());
        using var connection = await stranger.AcceptAsync();
        await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());

        var error = await Assert.ThrowsAsync<AgentUnavailableException>(() => asking);

        Assert.Equal(
            $"what answers on {SocketPath} does not speak the agent's local API: a frame of 1213486160 bytes is over the limit of 8388608",
            error.Message);
    }
}
