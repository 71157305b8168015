using System.Security.Cryptography;
using System.Text;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>The names and labels under which blocks and affinities stand in
/// the datastore, as Calico forms them.</summary>
public static class IpamNames
{
    private const int NameLimit = 253;
    private const int SuffixLength = 11;

    /// <summary>The name of an IPAMBlock: <c>10-48-0-0-26</c>.</summary>
    public static string Block(IpPrefix cidr) =>
        cidr.ToString().Replace('.', '-').Replace(':', '-').Replace('/', '-');

    /// <summary>The name of a BlockAffinity: <c>node1-10-48-0-0-26</c>.</summary>
    /// <remarks>
    /// A name of 253 characters or more is shortened: the host's part is cut, and eleven hexadecimal digits of the
    /// SHA-256 of host and network are put at the end, so that hosts which agree in what is left keep different
    /// names. The row itself has the whole host name.
    /// </remarks>
    public static string Affinity(string host, IpPrefix cidr)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        var block = Block(cidr);
        var name = $"{host}-{block}";
        if (name.Length < NameLimit) return name;
        var suffix = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(host + block)))[..SuffixLength];
        var room = NameLimit - 1 - block.Length - SuffixLength - 2;
        return $"{host[..room].TrimEnd('.', '-')}-{block}-{suffix}";
    }

    /// <summary>The value of the label <c>projectcalico.org/hostname-hash</c>, by which a host's rows are listed: host
    /// names may be longer than a label's value.</summary>
    public static string HostNameHash(string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        return Base32(Sha3.Hash256(Encoding.UTF8.GetBytes(host)));
    }

    // RFC 4648 section 6, without padding.
    private static string Base32(ReadOnlySpan<byte> bytes)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        int buffer = 0, bits = 0;
        foreach (var each in bytes)
        {
            buffer = buffer << 8 | each;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(alphabet[buffer >> bits & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        if (bits > 0) text.Append(alphabet[buffer << (5 - bits) & 31]);
        return text.ToString();
    }
}
