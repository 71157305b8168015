using System.Buffers;
using System.Net.Sockets;
using Agent.Bgp.Wire;

namespace Agent.Actors.Bgp;

/// <summary>Receives from one socket, one read at a time.</summary>
/// <remarks>An empty read waits for data without holding a buffer, so that thousands of idle sessions cost none; the
/// second one takes what is there, into a buffer no larger than that needs: when thousands of peers come at once, each
/// with an OPEN, as many buffers are in use. Both use the same event arguments, so a read allocates its answer
/// alone.</remarks>
internal sealed class TcpReceiver(Socket socket) : SocketAsyncEventArgs(true)
{
    private const int MostRead = 64 * 1024;
    private const int LeastRead = MessageCodec.MaxMessageSize;

    private TaskCompletionSource<ReceivedBytes>? _reader;
    private byte[]? _rented;

    /// <summary>The next bytes; at most one call at a time.</summary>
    /// <exception cref="BgpTransportException">The connection broke.</exception>
    public Task<ReceivedBytes> ReceiveAsync()
    {
        var reader = new TaskCompletionSource<ReceivedBytes>();
        _reader = reader;
        SetBuffer(Memory<byte>.Empty);
        Begin();
        return reader.Task;
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e) => Continue();

    private void Begin()
    {
        try
        {
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
            _rented = ArrayPool<byte>.Shared.Rent(Math.Clamp(Waiting(), LeastRead, MostRead));
            SetBuffer(_rented, 0, Math.Min(_rented.Length, MostRead));
            Begin();
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

    /// <summary>How many bytes wait; none on a connection that is closed meanwhile, as the read itself will
    /// tell.</summary>
    private int Waiting()
    {
        try
        {
            return socket.Available;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return 0;
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
