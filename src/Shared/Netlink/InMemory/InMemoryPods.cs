using System.Collections.Immutable;

namespace Agent.Netlink.InMemory;

/// <summary>Carries out a <see cref="PodPlan"/> on imitated namespaces.</summary>
internal sealed class InMemoryPods(InMemorySpace host,
    Func<string, InMemorySpace?> find, Func<int> nextIndex, Action<Primitives.IpAddr> flush)
{
    private const int DefaultMtu = 1500;

    internal PodOutcome CarryOut(PodPlan plan)
    {
        var pod = plan.Netns is null ? null : find(plan.Netns);
        foreach (var step in plan.Steps)
        {
            if (Do(step, pod, plan.Netns) is { } error) return new PodOutcome(step, error, []);
        }

        return new PodOutcome(null, null, ImmutableArray<string>.Empty);
    }

    private KernelError? Do(PodStep step, InMemorySpace? pod, string? netns)
    {
        var space = Place(step) == PodPlace.Host ? host : pod;
        if (space is null)
            return step is PodStep.DeleteLink
                ? null
                : new KernelError(Errno.NoEntry, $"no network namespace at {netns}");

        switch (step)
        {
            case PodStep.DeleteLink delete: space.DeleteLink(delete.Link); return null;
            case PodStep.CreateVeth create: return Create(create, space);
            case PodStep.SetUp up: return space.SetUp(up.Link, true) ? null : Missing(up.Link);
            case PodStep.WriteSysctl write: space.Sysctls[write.Path] = write.Value; return null;
            case PodStep.AddAddress add: return space.AddAddress(add.Link, add.Address, add.Address.Bits);
            case PodStep.AddHostAddress add: return AddHostAddress(add);
            case PodStep.DeleteHostAddress delete: host.DeleteAddress(delete.Link, delete.Address); return null;
            case PodStep.FlushConntrack track: flush(track.Address); return null;
            case PodStep.AddPodRoute add: return AddPodRoute(add, space);
            case PodStep.AddHostRoute add: return AddHostRoute(add);
            default: throw new ArgumentException($"no way to carry out {step}", nameof(step));
        }
    }

    private KernelError? AddHostAddress(PodStep.AddHostAddress add)
    {
        var error = host.AddAddress(add.Link, add.Address, add.Address.Bits, RouteScope.Link);
        return error is { Number: Errno.Exists } ? null : error;
    }

    private static PodPlace Place(PodStep step) => step switch
    {
        PodStep.DeleteLink delete => delete.Place,
        PodStep.SetUp up => up.Place,
        PodStep.WriteSysctl write => write.Place,
        PodStep.AddAddress add => add.Place,
        PodStep.CreateVeth or PodStep.AddPodRoute => PodPlace.Pod,
        _ => PodPlace.Host,
    };

    private KernelError? Create(PodStep.CreateVeth create, InMemorySpace pod)
    {
        if (host.Find(create.HostLink) is not null || pod.Find(create.PodLink) is not null)
            return new KernelError(Errno.Exists, $"cannot create veth {create.HostLink} with {create.PodLink}");
        var mtu = create.Mtu > 0 ? create.Mtu : DefaultMtu;
        var podIndex = nextIndex();
        var hostIndex = nextIndex();
        // A locally administered address that follows from the index: chance would break the simulation.
        pod.AddLink(podIndex, create.PodLink, "veth",
            create.PodMac ?? new MacAddress(0x0200_0000_0000UL + (ulong)podIndex), mtu, false);
        host.AddLink(hostIndex, create.HostLink, "veth", create.HostMac, mtu, false);
        InMemorySpace.Join(host, hostIndex, pod, podIndex);
        return null;
    }

    private static KernelError? AddPodRoute(PodStep.AddPodRoute add, InMemorySpace pod)
    {
        if (pod.Find(add.Link) is not { } link) return Missing(add.Link);
        var error = pod.Apply(RouteChange.Add(PodRoutes.InPod(add, link.Index)), isForeign: false);
        return error is { Number: Errno.Exists } ? null : error;
    }

    private KernelError? AddHostRoute(PodStep.AddHostRoute add)
    {
        if (host.Find(add.Link) is not { } link) return Missing(add.Link);
        var wanted = KernelRoute.ToPod(add.Address, link.Index).AsInstalled();
        var error = host.Apply(RouteChange.Add(wanted), isForeign: true);
        if (error is not { Number: Errno.Exists }) return error;
        var existing = host.Route(wanted.Key)!.Value;
        var name = host.Links.FirstOrDefault(other => other.Index == existing.OutInterface)?.Name;
        return PodRoutes.Accepts(wanted, existing) ? null : PodRoutes.Conflict(add.Link, wanted, existing, name);
    }

    private static KernelError Missing(string link) => new(Errno.NoDevice, $"there is no link {link}");
}
