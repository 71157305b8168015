using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>On which side of a pod's veth a step is carried out.</summary>
public enum PodPlace
{
    /// <summary>In the kernel's own namespace.</summary>
    Host,

    /// <summary>In the pod's namespace.</summary>
    Pod,
}

/// <summary>One step of wiring or unwiring a pod; interfaces are named, because their indexes are not known
/// beforehand.</summary>
public abstract record PodStep
{
    private PodStep()
    {
    }

    /// <summary>Delete a link; that it, or the pod's whole namespace, is gone already is fine.</summary>
    public sealed record DeleteLink(PodPlace Place, string Link) : PodStep;

    /// <summary>Create the pair, each end born in its own namespace, both down.</summary>
    /// <param name="HostLink">The host's end.</param>
    /// <param name="HostMac">Its Ethernet address.</param>
    /// <param name="PodLink">The pod's end.</param>
    /// <param name="PodMac">Its Ethernet address; null for a random one.</param>
    /// <param name="Mtu">Of both ends; 0 for the kernel's default.</param>
    public sealed record CreateVeth(string HostLink, MacAddress HostMac, string PodLink, MacAddress? PodMac, int Mtu)
        : PodStep;

    /// <summary>Set a link up.</summary>
    public sealed record SetUp(PodPlace Place, string Link) : PodStep;

    /// <summary>Write a kernel parameter.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Path">Below <c>/proc/sys</c>, with slashes.</param>
    /// <param name="Value">The new value.</param>
    /// <param name="IsRequired">False where a failure is only worth a warning.</param>
    public sealed record WriteSysctl(PodPlace Place, string Path, string Value, bool IsRequired = true) : PodStep;

    /// <summary>Give a link an address, alone in its network (/32 or /128).</summary>
    public sealed record AddAddress(PodPlace Place, string Link, IpAddr Address) : PodStep;

    /// <summary>Give the host's end an address for the pod to peer with (spec calico-bgp 2.8), of link scope; there
    /// already is fine.</summary>
    public sealed record AddHostAddress(string Link, IpAddr Address) : PodStep;

    /// <summary>Take such an address away; gone already is fine.</summary>
    public sealed record DeleteHostAddress(string Link, IpAddr Address) : PodStep;

    /// <summary>Add a route over a link of the pod, protocol boot; the same route already there is fine.</summary>
    /// <param name="Link">The pod's end.</param>
    /// <param name="Destination">The network.</param>
    /// <param name="Gateway">The neighbour; unset for a destination on the link.</param>
    public sealed record AddPodRoute(string Link, IpPrefix Destination, IpAddr Gateway) : PodStep;

    /// <summary>Add the host's route to the pod: fails with EEXIST where the address is routed over another
    /// interface.</summary>
    public sealed record AddHostRoute(string Link, IpAddr Address) : PodStep;

    /// <summary>Forget tracked connections from or to an address, so that its next owner does not inherit
    /// them.</summary>
    public sealed record FlushConntrack(IpAddr Address) : PodStep;
}
