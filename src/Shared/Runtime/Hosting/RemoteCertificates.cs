using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Agent.Runtime.Hosting;

/// <summary>The certificates of a node, as PEM files: its own with the key, and the authorities by which it knows the
/// others. Files that have changed are read again before the next connection; those that are open stay.</summary>
/// <param name="certificate">The node's certificate; its DNS name is the node's name.</param>
/// <param name="key">Its private key.</param>
/// <param name="authorities">The certificates that others' must descend from.</param>
public sealed class RemoteCertificates(string certificate, string key, string authorities)
{
    private readonly Lock _lock = new();
    private Loaded? _loaded;

    /// <summary>What each side of a connection presents and demands.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate, or the key
    /// does not fit.</exception>
    internal Loaded Load()
    {
        lock (_lock)
        {
            var stamp = (
                File.GetLastWriteTimeUtc(certificate),
                File.GetLastWriteTimeUtc(key),
                File.GetLastWriteTimeUtc(authorities));
            if (_loaded is { } loaded && loaded.Stamp == stamp)
                return loaded;
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(authorities);
            return _loaded = new Loaded(stamp, X509Certificate2.CreateFromPemFile(certificate, key), roots);
        }
    }

    /// <summary>The certificates of one reading of the files.</summary>
    internal sealed record Loaded(
        (DateTime Certificate, DateTime Key, DateTime Authorities) Stamp,
        X509Certificate2 Own,
        X509Certificate2Collection Roots)
    {
        /// <summary>Whether a certificate descends from the authorities and bears this name; any name where none is
        /// given.</summary>
        public bool Accepts(X509Certificate? presented, string? name)
        {
            if (presented is not X509Certificate2 other || (name is not null && !other.MatchesHostname(name)))
                return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(Roots);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(other);
        }

        public SslServerAuthenticationOptions Server() => new()
        {
            ServerCertificate = Own,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, presented, _, _) => Accepts(presented, null),
        };

        public SslClientAuthenticationOptions Client(string name) => new()
        {
            TargetHost = name,
            ClientCertificates = [Own],
            RemoteCertificateValidationCallback = (_, presented, _, _) => Accepts(presented, name),
        };
    }
}
