using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Agent.Ipc.Tests;

/// <summary>A directory of its own for sockets, and a record of what servers log.</summary>
public abstract class SocketFixture : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ipc-");

    protected SocketFixture() => SocketPath = Path.Combine(_directory.FullName, "agent.sock");

    protected string SocketPath { get; }

    protected ConcurrentQueue<string> Log { get; } = new();

    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    protected IpcServer Serve(Func<IpcRequest, CancellationToken, Task<IpcReply>> handle) =>
        IpcServer.Start(SocketPath, handle, Log.Enqueue);

    protected IpcServer Serve(Func<IpcRequest, IpcReply> handle) => Serve((request, _) => Task.FromResult(handle(request)));

    protected Task<IpcReply> AskAsync(IpcRequest request) => IpcClient.AskAsync(SocketPath, request, Patience);

    /// <summary>Leaves a socket at <see cref="SocketPath"/> that nobody listens on, as a killed process does.</summary>
    protected void LeaveDeadSocket()
    {
        using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(SocketPath + ".bound"));
        File.Move(SocketPath + ".bound", SocketPath);               // disposing removes the name that it was bound to
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _directory.Delete(recursive: true);
}
