using System.Runtime.InteropServices;

namespace Agent.Ipc.Tests;

public sealed partial class ServerTests : SocketFixture
{
    private const string Hello = """{"id":0,"type":"Hello","body":{"version":1}}""";

    [Fact]
    public async Task One_connection_may_ask_more_than_once()
    {
        await using var server = Serve(request => new IpcReply.Error(((IpcRequest.Describe)request).Path));
        using var client = new RawClient(SocketPath);

        client.Send(Hello);
        client.Send("""{"id":7,"type":"Describe","body":{"path":"/a"}}""");
        client.Send("""{"id":8,"type":"Describe","body":{"path":"/b"},"later":"ignored"}""");

        Assert.Equal(Hello, client.Receive());
        Assert.Equal("""{"id":7,"type":"Error","body":{"message":"/a"}}""", client.Receive());
        Assert.Equal("""{"id":8,"type":"Error","body":{"message":"/b"}}""", client.Receive());
    }

    [Fact]
    public async Task An_unknown_request_is_answered_and_the_connection_goes_on()
    {
        await using var server = Serve(_ => new IpcReply.Done());
        using var client = new RawClient(SocketPath);

        client.Send(Hello);
        client.Send("""{"id":1,"type":"Teleport","body":{}}""");
        client.Send("""{"id":2,"type":"Drain","body":{}}""");

        Assert.Equal(Hello, client.Receive());
        Assert.Equal(
            """{"id":1,"type":"Error","body":{"message":"this agent does not know the request Teleport; it may be older than the client"}}""",
            client.Receive());
        Assert.Equal("""{"id":2,"type":"Done","body":{}}""", client.Receive());
        Assert.Empty(Log);
    }

    [Theory]
    [InlineData("nonsense", "a frame is not JSON: ")]
    [InlineData("[]", "a frame is not of the form ")]
    [InlineData("""{"id":"1","type":"Drain","body":{}}""", "a frame is not of the form ")]
    [InlineData("""{"id":1,"type":"Drain"}""", "a frame is not of the form ")]
    [InlineData("""{"id":1,"type":"Describe","body":{}}""", "the body of a Describe cannot be read: ")]
    [InlineData("""{"id":1,"type":"Describe","body":{"path":5}}""", "the body of a Describe cannot be read: ")]
    [InlineData("""{"id":1,"type":"Describe","body":{"path":null}}""", "the body of a Describe cannot be read: ")]
    public async Task A_malformed_frame_closes_the_connection_with_one_log_line(string frame, string why)
    {
        await using (var server = Serve(_ => new IpcReply.Done()))
        {
            using var client = new RawClient(SocketPath);
            client.Send(Hello);
            client.Send(frame);

            Assert.Equal(Hello, client.Receive());
            Assert.Null(client.Receive());
        }

        Assert.StartsWith($"{SocketPath}: closed a connection: {why}", Assert.Single(Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_over_the_limit_closes_the_connection_before_it_is_read()
    {
        await using (var server = Serve(_ => new IpcReply.Done()))
        {
            using var client = new RawClient(SocketPath);
            client.SendHeader(8 * 1024 * 1024 + 1);
            Assert.Null(client.Receive());
        }

        Assert.Equal($"{SocketPath}: closed a connection: a frame of 8388609 bytes is over the limit of 8388608", Assert.Single(Log));
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_frame_is_malformed()
    {
        await using (var server = Serve(_ => new IpcReply.Done()))
        {
            using var inHeader = new RawClient(SocketPath);
            inHeader.SendBytes(0, 0);
            inHeader.EndSending();
            Assert.Null(inHeader.Receive());

            using var inText = new RawClient(SocketPath);
            inText.SendHeader(10);
            inText.SendBytes(1, 2, 3);
            inText.EndSending();
            Assert.Null(inText.Receive());
        }

        Assert.Equal(
            [
                $"{SocketPath}: closed a connection: the stream ended 2 bytes into a frame's header",
                $"{SocketPath}: closed a connection: the stream ended 3 bytes into a frame of 10",
            ],
            Log);
    }

    [Fact]
    public async Task Another_version_of_the_protocol_is_told_so()
    {
        await using var server = Serve(_ => new IpcReply.Done());
        using var client = new RawClient(SocketPath);

        client.Send("""{"id":0,"type":"Hello","body":{"version":2}}""");

        Assert.Equal(
            """{"id":0,"type":"Error","body":{"message":"this agent speaks version 1 of the local API, the client version 2; install the client that came with the agent"}}""",
            client.Receive());
        Assert.Null(client.Receive());
    }

    [Fact]
    public async Task What_a_handler_throws_is_logged_and_answered()
    {
        await using var server = Serve((Func<IpcRequest, IpcReply>)(_ => throw new InvalidOperationException("the disk is full")));

        Assert.Equal(new IpcReply.Error("the agent failed to serve Drain: the disk is full"), await AskAsync(new IpcRequest.Drain()));

        Assert.Contains("Drain failed: System.InvalidOperationException: the disk is full", Assert.Single(Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_over_the_limit_becomes_an_error()
    {
        await using var server = Serve(_ => new IpcReply.Error(new string('x', 9 * 1024 * 1024)));

        var reply = Assert.IsType<IpcReply.Error>(await AskAsync(new IpcRequest.Drain()));

        Assert.StartsWith("the answer does not fit the local API: a Error of ", reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_owner_may_open_the_socket()
    {
        await using var server = Serve(_ => new IpcReply.Done());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public async Task Another_user_is_refused_even_where_the_socket_lets_him_in()
    {
        await using (var server = Serve(_ => new IpcReply.Done()))
        {
            File.SetUnixFileMode(SocketPath, (UnixFileMode)0b110_110_110);
            File.SetUnixFileMode(Path.GetDirectoryName(SocketPath)!, (UnixFileMode)0b111_101_101);
            string? answer = "none";
            var nobody = new Thread(() =>
            {
                Assert.Equal(0, SetThreadUser(SetResUid, -1, Nobody, -1));      // this thread alone, which then ends
                using var client = new RawClient(SocketPath);
                answer = client.Receive();
            });
            nobody.Start();
            nobody.Join();
            Assert.Null(answer);
        }

        Assert.Equal(
            $"{SocketPath}: refused process {Environment.ProcessId} of user 65534: only root and the agent's user may ask", Assert.Single(Log));
    }

    [Fact]
    public async Task A_socket_that_still_answers_is_not_taken_over()
    {
        await using var server = Serve(_ => new IpcReply.Done());

        var error = Assert.Throws<IOException>(() => Serve(_ => new IpcReply.Error("second")));

        Assert.Equal($"another agent is listening on {SocketPath}; stop it or choose another socket", error.Message);
        Assert.Equal(new IpcReply.Done(), await AskAsync(new IpcRequest.Drain()));
    }

    [Fact]
    public async Task A_socket_file_of_a_dead_process_is_replaced()
    {
        LeaveDeadSocket();

        await using var server = Serve(_ => new IpcReply.Done());

        Assert.Equal(new IpcReply.Done(), await AskAsync(new IpcRequest.Drain()));
    }

    [Fact]
    public void A_file_that_is_no_socket_is_left_alone()
    {
        File.WriteAllText(SocketPath, "precious");

        var error = Assert.Throws<IOException>(() => Serve(_ => new IpcReply.Done()));

        Assert.Equal(
            $"{SocketPath} is in the way and is no socket of a stopped agent (Connection refused); remove it", error.Message.Replace(" " + SocketPath, "", StringComparison.Ordinal));
        Assert.Equal("precious", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        var path = $"/tmp/{new string('a', 110)}";

        var error = Assert.Throws<IOException>(() => IpcServer.Start(path, (_, _) => Task.FromResult<IpcReply>(new IpcReply.Done()), Log.Enqueue));

        Assert.Equal($"the socket path {path} is longer than 107 bytes; choose a shorter one", error.Message);
    }

    [Fact]
    public async Task Stopping_cancels_what_is_being_handled_and_removes_the_socket()
    {
        var handling = new TaskCompletionSource();
        var server = Serve(async (_, cancellation) =>
        {
            handling.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
            return new IpcReply.Done();
        });
        var asking = AskAsync(new IpcRequest.Drain());
        await handling.Task;

        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<AgentUnavailableException>(() => asking);
        Assert.Equal($"the agent closed the connection on {SocketPath} without an answer; its log says why", error.Message);
        Assert.False(File.Exists(SocketPath));
        Assert.Empty(Log);
    }

    private const nint SetResUid = 117;
    private const nint Nobody = 65534;

    // The C library's setresuid changes every thread of the process; the bare system call only the one that calls.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SetThreadUser(nint number, nint real, nint effective, nint saved);
}
