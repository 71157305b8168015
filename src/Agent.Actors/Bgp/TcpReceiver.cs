using System.Buffers;
using System.Net.Sockets;

namespace Agent.Actors.Bgp;

/// <summary>Receives from one socket, one read at a time.</summary>
/// <remarks>An empty read waits for data without holding a buffer, so that thousands of idle sessions cost none; the
/// second one takes what is there. Both use the same event arguments, so a read allocates its answer
/// alone.</remarks>
internal sealed class TcpReceiver(Socket socket) : SocketAsyncEventArgs(true)
{
    private const int ReadSize = 64 * 1024;

    private TaskCompletionSource<ReceivedBytes>? _reader;
    private byte[]? _rented;

    /// <summary>The next bytes; at most one call at a time.</summary>
    /// <exception cref="BgpTransportException">The connection broke.</exception>
    public Task<ReceivedBytes> ReceiveAsync()
    {
        var reader = new TaskCompletionSource<ReceivedBytes>();
        _reader = reader;
        Begin(Memory<byte>.Empty);
        return reader.Task;
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e) => Continue();

    // The connection may be disposed of at any moment, in the middle of this too.
    private void Begin(Memory<byte> into)
    {
        try
        {
            SetBuffer(into);
            if (socket.ReceiveAsync(this)) return;
        }
        catch (ObjectDisposedException error)
        {
            Fail("Connection closed", error);
            return;
        }

        Continue();
    }

    private void Continue()
    {
        if (SocketError != SocketError.Success)
        {
            var error = new SocketException((int)SocketError);
            var isClosed = SocketError == SocketError.OperationAborted;
            Fail(isClosed ? "Connection closed" : TcpBgpTransport.Reason(error), error);
        }
        else if (_rented is null)
        {
            _rented = ArrayPool<byte>.Shared.Rent(ReadSize);
            Begin(_rented.AsMemory(0, ReadSize));
        }
        else if (BytesTransferred == 0)
        {
            ReturnBuffer();
            Take().SetResult(ReceivedBytes.End);
        }
        else
        {
            var received = new ReceivedBytes(_rented, BytesTransferred);
            _rented = null;
            Take().SetResult(received);
        }
    }

    private void Fail(string reason, Exception cause)
    {
        ReturnBuffer();
        Take().SetException(new BgpTransportException(reason, cause));
    }

    private void ReturnBuffer()
    {
        if (_rented is not { } buffer) return;
        _rented = null;
        ArrayPool<byte>.Shared.Return(buffer);
    }

    // The answer may start the next read before this call returns.
    private TaskCompletionSource<ReceivedBytes> Take()
    {
        var reader = _reader ?? throw new InvalidOperationException("nobody waits for what was received");
        _reader = null;
        return reader;
    }
}
