using Agent.Netlink;

namespace Agent.Host.Bootstrap;

/// <summary>What the node's kernel must be set to for pods to be routed (spec calico-bgp 9.3).</summary>
internal static class KernelSettings
{
    /// <summary>Turns forwarding on.</summary>
    /// <param name="kernel">The node's kernel.</param>
    /// <param name="withIPv6">True to forward IPv6 too: the kernel then takes no default route from router
    /// advertisements any more, unless <c>accept_ra</c> is 2.</param>
    /// <exception cref="StartRefusedException">The kernel refused.</exception>
    public static async Task ApplyAsync(IKernel kernel, bool withIPv6)
    {
        await ForwardAsync(kernel, "net/ipv4/ip_forward");
        if (withIPv6) await ForwardAsync(kernel, "net/ipv6/conf/all/forwarding");
    }

    private static async Task ForwardAsync(IKernel kernel, string forwarding)
    {
        if (await kernel.ReadSysctlAsync(forwarding) == "1") return;
        if (await kernel.WriteSysctlAsync(forwarding, "1") is { } error)
            throw new StartRefusedException(
                $"/proc/sys/{forwarding} cannot be set to 1 ({error}); the agent needs root and a writable /proc/sys");
    }
}
