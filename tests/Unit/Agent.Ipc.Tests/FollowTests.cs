using System.Runtime.CompilerServices;

namespace Agent.Ipc.Tests;

/// <summary>Answers that come in parts.</summary>
public sealed class FollowTests : SocketFixture
{
    private static readonly IpcRequest.LogPeek Peek = new(10, Follow: true);

    private readonly TaskCompletionSource _ended = new();

    [Fact]
    public async Task The_parts_arrive_in_order_and_the_last_ends_the_answer()
    {
        await using var server = Serve(endless: false);

        Assert.Equal(["0", "1", "2"], await PartsAsync().ToListAsync());
        Assert.Empty(Log);
    }

    [Fact]
    public async Task A_client_that_hangs_up_ends_the_answer()
    {
        await using var server = Serve(endless: true);

        Assert.Equal(["0", "1", "2"], await PartsAsync().Take(3).ToListAsync());

        await _ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_answer()
    {
        var server = Serve(endless: true);
        await using var parts = PartsAsync().GetAsyncEnumerator();
        for (var i = 0; i < 3; i++) Assert.True(await parts.MoveNextAsync());

        await server.DisposeAsync();

        Assert.False(await parts.MoveNextAsync());
    }

    [Fact]
    public async Task Other_requests_are_answered_as_ever()
    {
        await using var server = Serve(endless: true);

        Assert.Equal(new IpcReply.Done(), await AskAsync(new IpcRequest.Drain()));
    }

    private IpcServer Serve(bool endless) => IpcServer.Start(
        SocketPath, (_, _) => Task.FromResult<IpcReply>(new IpcReply.Done()), Log.Enqueue,
        (request, cancellation) => request is IpcRequest.LogPeek ? Lines(endless, cancellation) : null);

    private async IAsyncEnumerable<IpcReply> Lines(bool endless, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; i < 3; i++)
                yield return new IpcReply.LogLines([new LogLine(DateTimeOffset.UnixEpoch, "info", "agent", $"{i}")]);
            if (endless) await new TaskCompletionSource().Task.WaitAsync(cancellation);
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private async IAsyncEnumerable<string> PartsAsync()
    {
        await foreach (var part in IpcClient.FollowAsync(SocketPath, Peek, Patience))
            yield return Assert.Single(((IpcReply.LogLines)part).Lines).Text;
    }
}
