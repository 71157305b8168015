using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Hosting;

/// <summary>The certificates of a node, as PEM files: its own with the key, and the authorities by which it knows the
/// others. Files that have changed are read again before the next connection; those that are open stay.</summary>
/// <remarks>While new files cannot be used (they are half written, or unreadable), those read before stay in
/// force.</remarks>
/// <param name="certificate">The node's certificate; its DNS name is the node's name.</param>
/// <param name="key">Its private key.</param>
/// <param name="authorities">The certificates that others' must descend from.</param>
/// <param name="time">By whose wall clock certificates are valid or not; null for the system's.</param>
public sealed class RemoteCertificates(
    string certificate, string key, string authorities, TimeProvider? time = null)
{
    private const string BeginOfCertificate = "-----BEGIN CERTIFICATE-----";

    private readonly Lock _lock = new();
    private Loaded? _loaded;
    private bool _isStale;

    /// <summary>What each side of a connection presents and demands.</summary>
    /// <param name="warn">Is told once when new files cannot be used.</param>
    internal Loaded Load(Action<string> warn)
    {
        lock (_lock)
        {
            try
            {
                _loaded = Read();
                _isStale = false;
            }
            catch (Exception e) when (_loaded is not null)
            {
                if (!_isStale)
                    warn($"the new certificates cannot be used, those read before stay in force: {e.Message}");
                _isStale = true;
            }

            return _loaded;
        }
    }

    /// <summary>Reads the files, for a start that must not go on with what could never work.</summary>
    /// <param name="name">The node's name.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate, the key does not fit, or others would
    /// refuse the certificate; the message says why.</exception>
    public void Require(string name)
    {
        lock (_lock)
        {
            _loaded = Read();
            if (_loaded.RefusalOf(_loaded.Own, name) is { } reason)
                throw new CryptographicException($"{certificate}: {reason}");
        }
    }

    private Loaded Read()
    {
        var stamp = (
            File.GetLastWriteTimeUtc(certificate),
            File.GetLastWriteTimeUtc(key),
            File.GetLastWriteTimeUtc(authorities));
        return _loaded is { } loaded && loaded.Stamp == stamp
            ? loaded
            : new Loaded(stamp, ReadOwn(), ReadAuthorities(), time ?? TimeProvider.System);
    }

    private X509Certificate2 ReadOwn()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"{certificate} and {key}: {e.Message}", e);
        }
    }

    // What is cut off within a certificate reads as one fewer.
    private X509Certificate2Collection ReadAuthorities()
    {
        var text = File.ReadAllText(authorities);
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(text);
        return roots.Count > 0 && roots.Count == text.Split(BeginOfCertificate).Length - 1
            ? roots
            : throw new CryptographicException($"{authorities}: it holds no certificate, or half of one");
    }

    /// <summary>The certificates of one reading of the files.</summary>
    internal sealed record Loaded(
        (DateTime Certificate, DateTime Key, DateTime Authorities) Stamp,
        X509Certificate2 Own,
        X509Certificate2Collection Roots,
        TimeProvider Time)
    {
        /// <summary>Why a certificate is refused: it does not descend from the authorities, it is not valid now, or it
        /// bears another name than this one, where one is given. Null where it is not refused.</summary>
        public string? RefusalOf(X509Certificate? presented, string? name)
        {
            if (presented is not X509Certificate2 other)
                return "it presented no certificate: give it one, if it is a node of this cluster";
            var now = Time.GetUtcNow();
            using var chain = new X509Chain();
            chain.ChainPolicy.VerificationTime = now.UtcDateTime;
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(Roots);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            if (!chain.Build(other))
            {
                return chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.NotTimeValid)
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"its certificate [{other.Subject}] is valid from {other.NotBefore.ToUniversalTime():u} to "
                        + $"{other.NotAfter.ToUniversalTime():u} only, and here it is {now:u}: renew it, or set the "
                        + $"clock right, here or there")
                    : $"its certificate [{other.Subject}], issued by [{other.Issuer}], does not descend from this "
                    + $"cluster's authority [{string.Join(", ", Roots.Select(root => root.Subject))}]: issue it there";
            }

            return name is null || SecureChannel.IsOf(other, name)
                ? null
                : $"its certificate [{other.Subject}] is not that of {name}: put {name}'s own files in place";
        }

        /// <param name="refuse">Is told why the other side is refused.</param>
        public SslServerAuthenticationOptions Server(Action<string> refuse) => new()
        {
            ServerCertificate = Own,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, presented, _, _) => IsAccepted(presented, null, refuse),
        };

        /// <param name="name">The name of the node that is meant.</param>
        /// <param name="refuse">Is told why the other side is refused.</param>
        public SslClientAuthenticationOptions Client(string name, Action<string> refuse) => new()
        {
            TargetHost = name,
            ClientCertificates = [Own],
            RemoteCertificateValidationCallback = (_, presented, _, _) => IsAccepted(presented, name, refuse),
        };

        private bool IsAccepted(X509Certificate? presented, string? name, Action<string> refuse)
        {
            if (RefusalOf(presented, name) is not { } reason)
                return true;
            refuse(reason);
            return false;
        }
    }
}
