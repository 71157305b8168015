using System.Collections.Immutable;
using Agent.Netlink;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Workloads;

/// <summary>What the workloads' actor hears from the CNI plugin and answers.</summary>
public static class PodProtocol
{
    /// <summary>A sandbox, as the container runtime names it.</summary>
    /// <param name="Network">The network's name in the CNI configuration.</param>
    /// <param name="ContainerId">The container's id.</param>
    /// <param name="Namespace">The pod's namespace; null for a container outside Kubernetes.</param>
    /// <param name="Pod">The pod's name; null for a container outside Kubernetes.</param>
    public sealed record Sandbox(string Network, string ContainerId, string? Namespace, string? Pod)
    {
        /// <summary>The handle under which its addresses are assigned (spec calico-ipam-cni-cli 1.5).</summary>
        public string Handle => $"{Network}.{ContainerId}";

        /// <summary>The host end of its link (spec 4.3).</summary>
        public string HostInterface => Namespace is not null && Pod is not null
            ? HostInterfaceName.For(Namespace, Pod)
            : RouteOwner.InterfacePrefix + ContainerId[..Math.Min(11, ContainerId.Length)];
    }

    /// <summary>CNI ADD. Answered with <see cref="Added"/> or <see cref="Failed"/>.</summary>
    /// <param name="Sandbox">Whose addresses they will be.</param>
    /// <param name="Netns">The path of the pod's network namespace.</param>
    /// <param name="Interface">The container's end of the link.</param>
    /// <param name="Mtu">The link's MTU; 0 leaves it to the kernel.</param>
    /// <param name="AllowIpForwarding">Whether the pod may forward.</param>
    /// <param name="Pools">The IPv4 pools that the CNI configuration names.</param>
    public sealed record Add(Sandbox Sandbox, string Netns, string Interface, int Mtu, bool AllowIpForwarding,
        ImmutableArray<string> Pools)
    {
        /// <summary>The families that the CNI configuration asks for; the pod's annotation may ask for
        /// others.</summary>
        public ImmutableArray<IpFamily> Families { get; init; } = [IpFamily.V4];

        /// <summary>The IPv6 pools that the CNI configuration names.</summary>
        public ImmutableArray<string> IPv6Pools { get; init; } = [];
    }

    /// <summary>The pod is wired; the kernel has acknowledged its host routes.</summary>
    /// <param name="Addresses">Its addresses, IPv4 first; at least one.</param>
    /// <param name="HostInterface">The host's end of the link.</param>
    /// <param name="HostMac">That end's address.</param>
    /// <param name="Interface">The container's end.</param>
    /// <param name="Netns">Where that end is.</param>
    public sealed record Added(ImmutableArray<IpAddr> Addresses, string HostInterface, MacAddress HostMac,
        string Interface, string Netns)
    {
        /// <summary>The first of them.</summary>
        public IpAddr Address => Addresses[0];
    }

    /// <summary>CNI DEL. Answered with <see cref="Done"/> or <see cref="Failed"/>.</summary>
    public sealed record Delete(Sandbox Sandbox, string? Netns, string Interface);

    /// <summary>CNI CHECK. Answered with <see cref="Done"/> or <see cref="Failed"/>.</summary>
    public sealed record Check(Sandbox Sandbox);

    /// <summary>CNI GC: everything of this network that is not listed is released. Answered with <see cref="Done"/> or
    /// <see cref="Failed"/>.</summary>
    public sealed record Collect(string Network, ImmutableHashSet<string> ValidContainerIds);

    /// <summary>CNI STATUS: may pods be added? Answered with <see cref="Done"/> or <see cref="Failed"/>.</summary>
    public sealed record GetReadiness
    {
        /// <summary>The question.</summary>
        public static GetReadiness Instance { get; } = new();
    }

    /// <summary>Done.</summary>
    public sealed record Done
    {
        /// <summary>The answer.</summary>
        public static Done Instance { get; } = new();
    }

    /// <summary>Not done, and why.</summary>
    /// <param name="Code">CNI's error code: 11 try again later, 50 not available, 999 otherwise.</param>
    /// <param name="Message">In one line.</param>
    public sealed record Failed(int Code, string Message);

    /// <summary>CNI's code for errors without a code of their own.</summary>
    public const int Generic = 999;

    /// <summary>CNI's code for what may work later.</summary>
    public const int TryAgain = 11;

    /// <summary>CNI's code for a plugin that cannot serve ADD now.</summary>
    public const int NotAvailable = 50;

    /// <summary>From the planner: what the cluster looks like.</summary>
    public sealed record SetSnapshot(ClusterSnapshot Snapshot);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Pods">Every attachment: address, host interface, handle.</param>
    /// <param name="UnderWay">Requests that are being carried out, with the step at which they stand.</param>
    public sealed record Description(ImmutableArray<string> Pods, ImmutableArray<string> UnderWay);

    /// <summary>The answer of the actor of one request to <c>Describe</c>.</summary>
    /// <param name="Verb"><c>ADD</c> or <c>DEL</c>.</param>
    /// <param name="Handle">The sandbox's handle.</param>
    /// <param name="Interface">The interface in the sandbox.</param>
    public sealed record RequestDescription(string Verb, string Handle, string Interface);

    internal sealed record PodRead(PodDocuments Documents);

    internal sealed record PodNotRead(string Reason);

    internal sealed record Carried(PodOutcome Outcome);

    internal sealed record NotCarried(Exception Cause);

    internal sealed record Noted(string? Problem);
}
