using Agent.Netlink;

namespace Agent.Host.Bootstrap;

/// <summary>What the node's kernel must be set to for pods to be routed (spec calico-bgp 9.3).</summary>
internal static class KernelSettings
{
    /// <summary>Turns forwarding on.</summary>
    /// <exception cref="StartRefusedException">The kernel refused.</exception>
    public static async Task ApplyAsync(IKernel kernel)
    {
        const string forwarding = "net/ipv4/ip_forward";
        if (await kernel.ReadSysctlAsync(forwarding) == "1") return;
        if (await kernel.WriteSysctlAsync(forwarding, "1") is { } error)
            throw new StartRefusedException(
                $"/proc/sys/{forwarding} cannot be set to 1 ({error}); the agent needs root and a writable /proc/sys");
    }
}
