using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Agent.Ipc.Tests;

/// <summary>A client that sends what it is told, right or wrong.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public RawClient(string path) => _socket.Connect(new UnixDomainSocketEndPoint(path));

    public void Send(string json)
    {
        var text = Encoding.UTF8.GetBytes(json);
        SendHeader((uint)text.Length);
        _socket.Send(text);
    }

    public void SendHeader(uint length)
    {
        var header = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(header, length);
        _socket.Send(header);
    }

    public void SendBytes(params byte[] bytes) => _socket.Send(bytes);

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The text of the next frame; null when the server closed the connection.</summary>
    public string? Receive()
    {
        if (ReceiveExactly(4) is not { } header) return null;
        return Encoding.UTF8.GetString(ReceiveExactly((int)BinaryPrimitives.ReadUInt32BigEndian(header))!);
    }

    public void Dispose() => _socket.Dispose();

    private byte[]? ReceiveExactly(int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            int now;
            try
            {
                now = _socket.Receive(bytes, got, count - got, SocketFlags.None);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
            {
                return null;
            }

            if (now == 0) return null;
            got += now;
        }

        return bytes;
    }
}
