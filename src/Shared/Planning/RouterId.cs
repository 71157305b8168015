using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Agent.Primitives;

namespace Agent.Planning;

/// <summary>The BGP Identifier of a node (spec calico-bgp 7.3).</summary>
public static class RouterId
{
    /// <summary>Resolves the identifier.</summary>
    /// <param name="setting">What the operator wishes: null or empty for the node's IPv4 address, <c>hash</c>, or an
    /// identifier in dotted form.</param>
    /// <param name="nodeName">The node's name, which <c>hash</c> is made of.</param>
    /// <param name="address">The node's IPv4 address for BGP; null where it has none.</param>
    /// <param name="id">The identifier, not 0.</param>
    /// <param name="error">What to do about it, where there is none.</param>
    public static bool TryResolve(string? setting, string nodeName, IpAddr? address, out uint id,
        [NotNullWhen(false)] out string? error)
    {
        (id, error) = (0, null);
        if (string.IsNullOrEmpty(setting))
        {
            if (address is { IsV4: true } own) id = own.V4Value;
            else error = $"node {nodeName} has no IPv4 address to be its router id; set one, or 'hash'";
        }
        else if (setting == "hash") id = Hash(nodeName);
        else if (IpAddr.TryParse(setting, out var given) && given.IsV4 && given.V4Value != 0) id = given.V4Value;
        else error = $"router id '{setting}' is neither 'hash' nor in the form of an IPv4 address";

        return error is null;
    }

    /// <summary>The first four bytes of the name's SHA-256, the first lowered by 32 where it is beyond 223, so that it
    /// looks like a unicast address.</summary>
    public static uint Hash(string nodeName)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(nodeName), digest);
        if (digest[0] > 223) digest[0] -= 32;
        return BinaryPrimitives.ReadUInt32BigEndian(digest);
    }
}
