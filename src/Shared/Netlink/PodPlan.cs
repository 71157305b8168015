using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>The steps that wire or unwire one pod, as values: what <see cref="IKernel.CarryOutAsync"/> carries
/// out.</summary>
/// <remarks>
/// Pure. The dataplane is Calico's: the pod has a lone address, and routes everything to 169.254.1.1, which exists
/// nowhere; the host's end answers for it by proxy ARP, and the host routes the address over that end. For IPv6 the
/// gateway is the host end's link-local address, which follows from its fixed Ethernet address. Steps are ordered as
/// Calico's are, except that each end of the veth is born in its place with its Ethernet address, so nothing has to be
/// moved and read back.
/// </remarks>
/// <param name="Netns">The path of the pod's namespace; null where none is known, so that only the host's side is
/// touched.</param>
/// <param name="Steps">In order.</param>
public sealed record PodPlan(string? Netns, ImmutableArray<PodStep> Steps)
{
    /// <summary>The gateway of every pod, for IPv4; no interface has this address.</summary>
    public static IpAddr GatewayV4 { get; } = IpAddr.Parse("169.254.1.1");

    /// <summary>The gateway of every pod, for IPv6: the link-local address of
    /// <see cref="MacAddress.PodHostEnd"/>.</summary>
    public static IpAddr GatewayV6 { get; } = IpAddr.FromV6(MacAddress.PodHostEnd.LinkLocal);

    /// <summary>Wires a pod; carrying it out again replaces an earlier wiring of the same host interface.</summary>
    public static PodPlan Wire(PodAttachment pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        var steps = ImmutableArray.CreateBuilder<PodStep>();
        steps.Add(new PodStep.DeleteLink(PodPlace.Host, pod.HostInterface));
        steps.Add(new PodStep.CreateVeth(
            pod.HostInterface, MacAddress.PodHostEnd, pod.ContainerInterface, pod.ContainerMac, pod.Mtu));
        AddPodSysctls(steps, pod);
        AddHostSysctls(steps, pod);
        steps.Add(new PodStep.SetUp(PodPlace.Host, pod.HostInterface));
        steps.Add(new PodStep.SetUp(PodPlace.Pod, pod.ContainerInterface));
        AddPodRoutes(steps, pod);
        foreach (var address in pod.Addresses)
            steps.Add(new PodStep.AddAddress(PodPlace.Pod, pod.ContainerInterface, address));
        foreach (var address in pod.Addresses)
            steps.Add(new PodStep.AddHostRoute(pod.HostInterface, address));
        return new PodPlan(pod.Netns, steps.ToImmutable());
    }

    /// <summary>Unwires a pod; succeeds however much of it is gone already.</summary>
    /// <param name="netns">The pod's namespace, or null where the runtime gives none.</param>
    /// <param name="containerInterface">The pod's end.</param>
    /// <param name="hostInterface">
    /// The host's end; null where a newer sandbox of the same pod owns that name, so that only this namespace's end is
    /// deleted.
    /// </param>
    /// <param name="addresses">What connections to forget; empty where a newer sandbox has the address.</param>
    public static PodPlan Unwire(
        string? netns, string containerInterface, string? hostInterface, params ReadOnlySpan<IpAddr> addresses)
    {
        var steps = ImmutableArray.CreateBuilder<PodStep>();
        if (netns is not null) steps.Add(new PodStep.DeleteLink(PodPlace.Pod, containerInterface));
        if (hostInterface is not null) steps.Add(new PodStep.DeleteLink(PodPlace.Host, hostInterface));
        foreach (var address in addresses) steps.Add(new PodStep.FlushConntrack(address));
        return new PodPlan(netns, steps.ToImmutable());
    }

    /// <summary>The parameters of a host's end, which are asserted again whenever the interface comes up.</summary>
    public static ImmutableArray<PodStep.WriteSysctl> HostSysctls(PodAttachment pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        var name = pod.HostInterface;
        var sysctls = ImmutableArray.CreateBuilder<PodStep.WriteSysctl>();
        if (pod.Has(IpFamily.V4))
        {
            sysctls.Add(Host($"net/ipv4/conf/{name}/route_localnet", "1"));
            sysctls.Add(Host($"net/ipv4/neigh/{name}/proxy_delay", "0", isRequired: false));
            sysctls.Add(Host($"net/ipv4/conf/{name}/proxy_arp", "1"));
            sysctls.Add(Host($"net/ipv4/conf/{name}/forwarding", "1"));
        }

        if (pod.ReversePathFilter is { } filter)
            sysctls.Add(Host($"net/ipv4/conf/{name}/rp_filter", filter == 0 ? "0" : filter == 1 ? "1" : "2"));
        if (pod.Has(IpFamily.V6))
        {
            // EUI-64, whatever the host's default: the pod's gateway is derived from the Ethernet address.
            sysctls.Add(Host($"net/ipv6/conf/{name}/addr_gen_mode", "0"));
            sysctls.Add(Host($"net/ipv6/conf/{name}/accept_dad", "0"));
            sysctls.Add(Host($"net/ipv6/conf/{name}/disable_ipv6", "0"));
            sysctls.Add(Host($"net/ipv6/conf/{name}/proxy_ndp", "1"));
            sysctls.Add(Host($"net/ipv6/conf/{name}/forwarding", "1"));
        }

        sysctls.Add(Host($"net/ipv6/conf/{name}/accept_ra", "0", isRequired: false));
        return sysctls.ToImmutable();
    }

    private static PodStep.WriteSysctl Host(string path, string value, bool isRequired = true) =>
        new(PodPlace.Host, path, value, isRequired);

    private static void AddHostSysctls(ImmutableArray<PodStep>.Builder steps, PodAttachment pod)
    {
        foreach (var sysctl in HostSysctls(pod)) steps.Add(sysctl);
    }

    private static void AddPodSysctls(ImmutableArray<PodStep>.Builder steps, PodAttachment pod)
    {
        var forwarding = pod.AllowIpForwarding ? "1" : "0";
        if (pod.Has(IpFamily.V4)) steps.Add(new PodStep.WriteSysctl(PodPlace.Pod, "net/ipv4/ip_forward", forwarding));
        if (!pod.Has(IpFamily.V6)) return;

        foreach (var scope in (ReadOnlySpan<string>)["all", "default", "lo"])
            steps.Add(new PodStep.WriteSysctl(PodPlace.Pod, $"net/ipv6/conf/{scope}/disable_ipv6", "0"));
        // Before the link is up: an address in duplicate detection could not be used at once.
        steps.Add(new PodStep.WriteSysctl(PodPlace.Pod, $"net/ipv6/conf/{pod.ContainerInterface}/accept_dad", "0"));
        steps.Add(new PodStep.WriteSysctl(PodPlace.Pod, "net/ipv6/conf/all/forwarding", forwarding));
    }

    private static void AddPodRoutes(ImmutableArray<PodStep>.Builder steps, PodAttachment pod)
    {
        if (pod.Has(IpFamily.V4))
            steps.Add(new PodStep.AddPodRoute(pod.ContainerInterface, IpPrefix.Host(GatewayV4), default));
        if (pod.Routes.IsEmpty)
        {
            if (pod.Has(IpFamily.V4)) Via(new IpPrefix(IpAddr.AnyV4, 0));
            if (pod.Has(IpFamily.V6)) Via(new IpPrefix(IpAddr.AnyV6, 0));
            return;
        }

        foreach (var route in pod.Routes)
            if (pod.Has(route.Family)) Via(route);

        void Via(IpPrefix destination) => steps.Add(new PodStep.AddPodRoute(
            pod.ContainerInterface, destination, destination.Family == IpFamily.V4 ? GatewayV4 : GatewayV6));
    }
}

/// <summary>What became of a <see cref="PodPlan"/>.</summary>
/// <param name="Failed">The step that failed, after which nothing more was done; null when all were carried
/// out.</param>
/// <param name="Error">Why it failed; the detail is fit for the user.</param>
/// <param name="Warnings">Steps that failed but are not required, one sentence each.</param>
public sealed record PodOutcome(PodStep? Failed, KernelError? Error, ImmutableArray<string> Warnings)
{
    /// <summary>True when every required step was carried out.</summary>
    public bool Succeeded => Failed is null;
}
