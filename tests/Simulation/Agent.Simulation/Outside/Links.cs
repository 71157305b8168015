using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>The links between nodes, those of remoting and those of BGP at once: a fault strikes both.</summary>
/// <remarks>Cuts are counted, so that two that overlap end with the second.</remarks>
internal sealed class Links(SimulatedNetwork remoting, BgpNetwork bgp)
{
    private readonly Dictionary<(Node, Node), int> _cuts = [];
    private readonly Dictionary<(Node, Node), int> _conditions = [];

    public void Cut(Node from, Node to)
    {
        var cuts = _cuts.GetValueOrDefault((from, to));
        _cuts[(from, to)] = cuts + 1;
        if (cuts > 0)
            return;
        remoting.CutOneWay(from.Address, to.Address);
        bgp.Cut(from.Ip, to.Ip);
    }

    public void Heal(Node from, Node to)
    {
        if (--_cuts[(from, to)] > 0)
            return;
        remoting.HealOneWay(from.Address, to.Address);
        bgp.Heal(from.Ip, to.Ip);
    }

    /// <summary>Messages take up to three seconds.</summary>
    public void Slow(Node one, Node other, double size)
    {
        var most = TimeSpan.FromSeconds(3 * size);
        Set(one, other, new LinkConditions(most / 4, most), most);
    }

    /// <summary>Messages of remoting are lost, doubled and overtake each other; TCP repeats what is lost, and is
    /// slow.</summary>
    public void Lose(Node one, Node other, double size) => Set(one, other,
        new LinkConditions(TimeSpan.Zero, TimeSpan.FromMilliseconds(200), size / 2, size / 3, size),
        TimeSpan.FromMilliseconds(500 * size));

    public void Restore(Node one, Node other)
    {
        if (--_conditions[(one, other)] == 0)
            Apply(one, other, null, null);
    }

    public void Reset(Node one, Node other) => bgp.Reset(one.Ip, other.Ip);

    private void Set(Node one, Node other, LinkConditions conditions, TimeSpan delay)
    {
        _conditions[(one, other)] = _conditions.GetValueOrDefault((one, other)) + 1;
        Apply(one, other, conditions, delay);
    }

    private void Apply(Node one, Node other, LinkConditions? conditions, TimeSpan? delay)
    {
        remoting.SetConditions(one.Address, other.Address, conditions);
        remoting.SetConditions(other.Address, one.Address, conditions);
        bgp.SetDelay(one.Ip, other.Ip, delay);
        bgp.SetDelay(other.Ip, one.Ip, delay);
    }
}
