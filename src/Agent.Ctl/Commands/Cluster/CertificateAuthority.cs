using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Agent.Ctl.Commands.Cluster;

/// <summary>Makes X.509 certificates (RFC 5280): an authority, and what it issues to nodes. ECDSA on P-256, as
/// PEM.</summary>
internal static class CertificateAuthority
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int SerialLength = 16;

    // Clocks of nodes differ: what is issued now is valid where it is yesterday.
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);

    /// <summary>The certificate and the key of a new authority.</summary>
    public static (string Certificate, string Key) Create(string cluster, DateTimeOffset now, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var number = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var request = new CertificateRequest($"CN=agents of cluster {cluster}, SERIALNUMBER={number}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - Backdated, now.AddDays(days));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The certificate and the key of a node; its DNS name is the node's name.</summary>
    /// <exception cref="CommandFailedException">The authority's own certificate ends before that.</exception>
    public static (string Certificate, string Key) Issue(
        X509Certificate2 authority, string node, DateTimeOffset now, int days)
    {
        var end = now.AddDays(days);
        if (end > authority.NotAfter)
        {
            throw new CommandFailedException(
                $"the authority's certificate ends on {authority.NotAfter.ToUniversalTime():u}: take fewer --days, or "
                + "renew it with 'agentctl cluster certs init --rotate'");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(node);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var start = now - Backdated > authority.NotBefore ? now - Backdated : authority.NotBefore;
        using var certificate = request.Create(authority, start, end, RandomNumberGenerator.GetBytes(SerialLength));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
