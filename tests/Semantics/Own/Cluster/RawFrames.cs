using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Agent.Semantics.Own.Clustering;

/// <summary>The bytes of remoting, made by hand: right ones and wrong ones.</summary>
internal static class RawFrames
{
    public static readonly byte[] Heartbeat = new byte[4];

    public static byte[] Hello(string from, string to, string cluster = "lab") =>
        Frame(Encoding.ASCII.GetBytes($"agent-remoting 1\nakka.tcp://agent@{from}:7946\nakka.tcp://agent@{to}:7946\n{cluster}"));

    public static byte[] Message(string recipient, string sender, string manifest, string json) =>
        Frame([.. Text(recipient), .. Text(sender), .. Text(manifest), .. Encoding.UTF8.GetBytes(json)]);

    public static byte[] Frame(byte[] body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    /// <summary>The body of the next frame; null at the end.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream)
    {
        var header = new byte[4];
        if (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) < 4)
            return null;
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
        await stream.ReadExactlyAsync(body);
        return body;
    }

    /// <summary>Sends these bytes to a port, says no more where the end is to be seen, and reads until the other side closes.</summary>
    public static async Task SendAsync(IPEndPoint to, byte[] bytes, bool ends = false, X509Certificate2? certificate = null, bool isSecure = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(to);
        Stream stream = client.GetStream();
        try
        {
            if (isSecure)
            {
                var secure = new SslStream(stream, false, (_, presented, _, _) => presented?.Subject == "CN=b");
                stream = secure;
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "b",
                    ClientCertificates = certificate is null ? [] : [certificate],
                });
            }

            await stream.WriteAsync(bytes);
            if (ends)
                client.Client.Shutdown(SocketShutdown.Send);
            await DrainAsync(stream);
        }
        catch (IOException e)
        {
            // Closed with something unread, the other side resets the connection.
            Assert.IsType<SocketException>(e.InnerException);
        }
    }

    public static async Task DrainAsync(Stream stream)
    {
        var answer = new byte[1024];
        while (await stream.ReadAsync(answer) > 0)
        {
        }
    }

    private static byte[] Text(string text) =>
        [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
