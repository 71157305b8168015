namespace Agent.Netlink;

/// <summary>The routes of pod wiring, alike on every kernel: what they are, and when one that is there already will
/// do.</summary>
internal static class PodRoutes
{
    /// <summary>A route inside the pod.</summary>
    internal static KernelRoute InPod(PodStep.AddPodRoute add, int index) => new(
        add.Destination, RouteKind.Unicast, RouteOwner.PodProtocol,
        add.Gateway.IsDefault ? RouteScope.Link : RouteScope.Universe,
        NextHops.Of(new NextHop(add.Gateway, index)));

    /// <summary>True when the host's route that is there leads to the same interface with the same scope.</summary>
    internal static bool Accepts(in KernelRoute wanted, in KernelRoute existing) =>
        existing.OutInterface == wanted.OutInterface && existing.Scope == wanted.Scope;

    /// <summary>The error of a pod whose address is routed elsewhere already, in the words of Calico's CNI
    /// plugin.</summary>
    internal static KernelError Conflict(string link, in KernelRoute wanted, in KernelRoute existing,
        string? existingInterface) => new(
        Errno.Exists,
        $"route (Ifindex: {wanted.OutInterface}, Dst: {wanted.Destination}, Scope: {(byte)wanted.Scope}) already "
        + "exists for an interface "
        + $"other than '{link}': route (Ifindex: {existing.OutInterface}, Dst: {existing.Destination}, Scope: "
        + $"{(byte)existing.Scope}, "
        + $"Iface: {existingInterface ?? "none"})");
}
