using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The connections that other nodes open: each shows who it is, and is heard until its end.</summary>
/// <remarks>What is malformed, too long, silent or not authenticated closes its connection, with one line in the log.
/// While frames come, empty ones go back: by them the sender knows that somebody is there.</remarks>
internal sealed class TcpInbound(
    TcpLinkSetup setup, TcpListener listener, IRemoteDoor door, CancellationToken end)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Newcomers _newcomers = new(setup.MaxNewcomers, setup.MaxNewcomersOfOne);

    /// <summary>Takes connections until the link is closed.</summary>
    public async Task RunAsync()
    {
        var fails = false;
        while (!end.IsCancellationRequested)
        {
            try
            {
                Admit(await listener.AcceptTcpClientAsync(end).ConfigureAwait(false));
                fails = false;
            }
            catch (Exception e) when (!end.IsCancellationRequested)
            {
                if (!fails)
                    Warn($"connections cannot be accepted: {e.Message}; trying again");
                fails = true;
                await Task.Delay(PauseAfterFailure, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception) when (end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Admit(TcpClient client)
    {
        var peer = (IPEndPoint)client.Client.RemoteEndPoint!;
        if (_newcomers.TryEnter(peer.Address, out var news))
        {
            _ = ServeAsync(client, peer);
            return;
        }

        client.Dispose();
        if (news is not null)
            Warn($"{news}; what comes beyond that is closed");
    }

    private async Task ServeAsync(TcpClient client, IPEndPoint peer)
    {
        var isNew = true;
        try
        {
            using (client)
            using (var silence = CancellationTokenSource.CreateLinkedTokenSource(end))
            {
                client.NoDelay = true;
                silence.CancelAfter(setup.Patience);
                var stream = await SecureAsync(client.GetStream(), silence.Token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    var frames = new FrameReader(stream);
                    var hello = await frames.ReadAsync(RemoteHello.MaxLength, silence.Token).ConfigureAwait(false);
                    if (hello is not { } first)
                        return;
                    var whose = RemoteHello.Read(first.Span);
                    await WelcomeAsync(whose, stream, silence.Token).ConfigureAwait(false);
                    _newcomers.Leave(peer.Address);
                    isNew = false;
                    await HearAsync(whose.From, frames, stream, silence).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            if (!end.IsCancellationRequested)
                Warn($"the connection from {peer} is closed: {ReasonIn(e)}");
        }
        finally
        {
            if (isNew)
                _newcomers.Leave(peer.Address);
        }
    }

    private async Task<Stream> SecureAsync(Stream stream, CancellationToken cancellation) =>
        setup.Certificates is { } certificates
            ? await SecureChannel.AsServerAsync(stream, certificates.Load(Warn), cancellation).ConfigureAwait(false)
            : stream;

    /// <summary>Lets the other side begin, or tells it why it may not.</summary>
    private async Task WelcomeAsync(RemoteHello hello, Stream stream, CancellationToken cancellation)
    {
        var refusal = hello.RefusalAt(setup.Self, setup.Cluster);
        if (stream is SslStream secure
            && !SecureChannel.IsOf(secure.RemoteCertificate as X509Certificate2, hello.From.Host))
        {
            var node = hello.From.Host;
            refusal = $"its certificate, of [{secure.RemoteCertificate?.Subject}], is not that of {node}: put "
                + $"{node}'s own files in place";
        }

        await stream.WriteAsync(RemoteFrame.OfText(refusal ?? ""), cancellation).ConfigureAwait(false);
        await stream.FlushAsync(cancellation).ConfigureAwait(false);
        if (refusal is not null)
            throw new AuthenticationException(refusal);
    }

    private async Task HearAsync(Address from, FrameReader frames, Stream stream, CancellationTokenSource silence)
    {
        var answered = Environment.TickCount64;
        while (await frames.ReadAsync(setup.MaxFrame, silence.Token).ConfigureAwait(false) is { } body)
        {
            silence.CancelAfter(setup.Patience);
            if (body.Length > 0)
                door.Receive(from, RemoteFrame.Read(body.Span, setup.Messages));
            if (Environment.TickCount64 - answered < setup.Heartbeat.TotalMilliseconds / 2)
                continue;
            await stream.WriteAsync(RemoteFrame.Heartbeat, silence.Token).ConfigureAwait(false);
            await stream.FlushAsync(silence.Token).ConfigureAwait(false);
            answered = Environment.TickCount64;
        }
    }

    private string ReasonIn(Exception e) => e switch
    {
        OperationCanceledException =>
            string.Create(CultureInfo.InvariantCulture, $"it was silent for {setup.Patience.TotalSeconds} s"),
        IOException or SocketException or AuthenticationException or CryptographicException or InvalidDataException
            or UnauthorizedAccessException => e.Message,
        _ => $"{e.GetType()}: {e.Message}",
    };

    private void Warn(string message) => door.Log(LogLevel.WarningLevel, "Remoting: " + message);
}
