using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>Mutual TLS on a connection between nodes; where it does not come about, with the reason in words.</summary>
internal static class SecureChannel
{
    /// <summary>Secures a connection that was opened here to the node of a name.</summary>
    /// <exception cref="AuthenticationException">The other side is refused, or speaks no TLS.</exception>
    public static Task<SslStream> AsClientAsync(
        Stream stream, RemoteCertificates.Loaded certificates, string name, CancellationToken cancellation) =>
        SecureAsync(stream, (secure, refuse) =>
            secure.AuthenticateAsClientAsync(certificates.Client(name, refuse), cancellation));

    /// <summary>Secures a connection that came; whose certificate it is has to be looked at still.</summary>
    /// <exception cref="AuthenticationException">The other side is refused, or speaks no TLS.</exception>
    public static Task<SslStream> AsServerAsync(
        Stream stream, RemoteCertificates.Loaded certificates, CancellationToken cancellation) =>
        SecureAsync(stream, (secure, refuse) =>
            secure.AuthenticateAsServerAsync(certificates.Server(refuse), cancellation));

    /// <summary>Whether a certificate is that of a node; never, where no host can have such a name.</summary>
    public static bool IsOf(X509Certificate2? certificate, string? node) =>
        certificate is not null && node is not null && Uri.CheckHostName(node) is not UriHostNameType.Unknown
        && certificate.MatchesHostname(node);

    private static async Task<SslStream> SecureAsync(
        Stream stream, Func<SslStream, Action<string>, Task> authenticate)
    {
        var secure = new SslStream(stream);
        string? refusal = null;
        try
        {
            await authenticate(secure, reason => refusal = reason).ConfigureAwait(false);
            return secure;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw new AuthenticationException(
                refusal ?? $"no TLS came about: {e.GetBaseException().Message}", e);
        }
    }
}
