using System.Security.Cryptography;
using System.Text;

namespace Agent.Netlink;

/// <summary>The name of a pod's host interface, the same in every implementation of Calico's dataplane.</summary>
public static class HostInterfaceName
{
    /// <summary>The prefix, then the first 11 hexadecimal digits of SHA-1 over <c>namespace.pod</c>: default/nginx is
    /// calic440f455693.</summary>
    /// <param name="podNamespace">The pod's Kubernetes namespace.</param>
    /// <param name="pod">The pod's name.</param>
    /// <param name="prefix">Calico's <c>interfacePrefix</c>; at most 4 characters, since Linux allows 15 in
    /// all.</param>
    public static string For(string podNamespace, string pod, string prefix = RouteOwner.InterfacePrefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length, 4, nameof(prefix));
#pragma warning disable CA5350 // A name, not a secret: Calico's tools compute the same one.
        var hash = SHA1.HashData(Encoding.UTF8.GetBytes($"{podNamespace}.{pod}"));
#pragma warning restore CA5350
        return prefix + Convert.ToHexStringLower(hash)[..11];
    }
}
