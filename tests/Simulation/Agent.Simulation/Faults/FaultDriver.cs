using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Faults;

/// <summary>Carries out a plan on the nodes of a world: begins each fault and ends it.</summary>
/// <remarks>Faults of one kind may overlap on a node; it is in order again when the last of them has ended.</remarks>
internal sealed class FaultDriver(SeededWorld world, IReadOnlyList<Node> nodes, Links links, IReadOnlyList<IPart> parts)
{
    private readonly Dictionary<(FaultKind, Node), int> _running = [];

    /// <summary>Sets the faults of a plan, but for those left out.</summary>
    public void Schedule(FaultPlan plan, IReadOnlySet<int> without)
    {
        foreach (var fault in plan.Faults.Where(fault => !without.Contains(fault.Number)))
        {
            world.After(fault.At - world.Elapsed, () =>
            {
                world.Note("fault", $"begin {fault}");
                Begin(fault, nodes[fault.Node], nodes[fault.Other]);
                world.After(fault.For, () =>
                {
                    world.Note("fault", $"end #{fault.Number} {fault.Kind}");
                    End(fault, nodes[fault.Node], nodes[fault.Other]);
                });
            });
        }
    }

    private void Begin(Fault fault, Node node, Node other)
    {
        switch (fault.Kind)
        {
            case FaultKind.Cut: links.Cut(node, other); links.Cut(other, node); break;
            case FaultKind.CutOneWay: links.Cut(node, other); break;
            case FaultKind.Partition: ForEachPair(fault.Node, links.Cut); break;
            case FaultKind.SlowLink: links.Slow(node, other, fault.Size); break;
            case FaultKind.LossyLink: links.Lose(node, other, fault.Size); break;
            case FaultKind.Reset: links.Reset(node, other); break;
            case FaultKind.Pause: BeginAt(fault.Kind, node, () => node.Process.Pause()); break;
            case FaultKind.Crash: BeginAt(FaultKind.Crash, node, node.Crash); break;
            case FaultKind.Kill: BeginAt(FaultKind.Crash, node, node.Kill); break;
            case FaultKind.Restart: BeginAt(FaultKind.Crash, node, node.End); break;
            case FaultKind.StoreCut: BeginAt(fault.Kind, node, () => node.SetStoreAway(true)); break;
            case FaultKind.StoreOutage:
                foreach (var each in nodes)
                    BeginAt(FaultKind.StoreCut, each, () => each.SetStoreAway(true));
                break;
            case FaultKind.SlowStore: BeginAt(fault.Kind, node, () => node.SetStoreDelay(Seconds(fault, 6))); break;
            case FaultKind.SlowLeases:
                foreach (var each in nodes)
                    BeginAt(fault.Kind, each, () => each.Leases.MaxDelay = Seconds(fault, 2));
                break;
            case FaultKind.SlowDisk: BeginAt(fault.Kind, node, () => node.Disk.MaxSync = Seconds(fault, 2)); break;
            case FaultKind.FullDisk: BeginAt(fault.Kind, node, () => node.Disk.IsFull = true); break;
            case FaultKind.Exclude: BeginAt(fault.Kind, node, () => Exclude(node, true)); break;
            case FaultKind.ClockStep: node.Step(TimeSpan.FromHours(2 * (fault.Size - 0.5))); break;
            case FaultKind.ClockDrift: node.Drift(1 + (0.1 * (fault.Size - 0.5))); break;
        }
    }

    private void End(Fault fault, Node node, Node other)
    {
        switch (fault.Kind)
        {
            case FaultKind.Cut: links.Heal(node, other); links.Heal(other, node); break;
            case FaultKind.CutOneWay: links.Heal(node, other); break;
            case FaultKind.Partition: ForEachPair(fault.Node, links.Heal); break;
            case FaultKind.SlowLink or FaultKind.LossyLink: links.Restore(node, other); break;
            case FaultKind.Pause: EndAt(fault.Kind, node, () => node.Process.Resume()); break;
            case FaultKind.Crash or FaultKind.Kill or FaultKind.Restart: EndAt(FaultKind.Crash, node, node.Start); break;
            case FaultKind.StoreCut: EndAt(fault.Kind, node, () => node.SetStoreAway(false)); break;
            case FaultKind.StoreOutage:
                foreach (var each in nodes)
                    EndAt(FaultKind.StoreCut, each, () => each.SetStoreAway(false));
                break;
            case FaultKind.SlowStore: EndAt(fault.Kind, node, () => node.SetStoreDelay(StoreConditions.Usual)); break;
            case FaultKind.SlowLeases:
                foreach (var each in nodes)
                    EndAt(fault.Kind, each, () => each.Leases.MaxDelay = StoreConditions.Usual);
                break;
            case FaultKind.SlowDisk: EndAt(fault.Kind, node, () => node.Disk.MaxSync = Disk.UsualSync); break;
            case FaultKind.FullDisk: EndAt(fault.Kind, node, () => node.Disk.IsFull = false); break;
            case FaultKind.Exclude: EndAt(fault.Kind, node, () => Exclude(node, false)); break;
        }
    }

    private void Exclude(Node node, bool isExcluded)
    {
        foreach (var part in parts)
            part.Exclude(node, isExcluded);
    }

    private void BeginAt(FaultKind kind, Node node, Action begin)
    {
        var running = _running.GetValueOrDefault((kind, node));
        _running[(kind, node)] = running + 1;
        if (running == 0)
            begin();
    }

    private void EndAt(FaultKind kind, Node node, Action end)
    {
        if (--_running[(kind, node)] == 0)
            end();
    }

    private void ForEachPair(int border, Action<Node, Node> action)
    {
        for (var low = 0; low < nodes.Count; low++)
        {
            for (var high = 0; high < nodes.Count; high++)
            {
                if ((low <= border) != (high <= border))
                    action(nodes[low], nodes[high]);
            }
        }
    }

    private static TimeSpan Seconds(Fault fault, double most) => TimeSpan.FromSeconds(most * fault.Size);
}
