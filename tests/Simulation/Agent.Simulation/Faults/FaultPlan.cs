using System.Collections.Immutable;

namespace Agent.Simulation.Faults;

/// <summary>What goes wrong when, drawn from the seed before the run: storms, each followed by a calm in which
/// everything is in order and has to come right again. Pure.</summary>
/// <param name="Faults">The faults, in order of their beginnings.</param>
/// <param name="Calms">The calms: from when to when.</param>
public sealed record FaultPlan(ImmutableArray<Fault> Faults, ImmutableArray<(TimeSpan From, TimeSpan To)> Calms)
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(20);

    // Those that end memberships come more often than the others.
    private static readonly FaultKind[] Kinds =
    [
        .. Enum.GetValues<FaultKind>(),
        FaultKind.StoreCut, FaultKind.StoreCut, FaultKind.Pause, FaultKind.Crash, FaultKind.Kill, FaultKind.Exclude,
    ];

    /// <summary>Draws the plan of a run.</summary>
    /// <param name="random">Chance of the plan's own.</param>
    /// <param name="nodes">How many nodes there are; at least 2.</param>
    /// <param name="length">How long the run is. It begins and ends with a calm.</param>
    public static FaultPlan Draw(Random random, int nodes, TimeSpan length)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Start + Storm + Calm);
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var calms = ImmutableArray.CreateBuilder<(TimeSpan, TimeSpan)>();
        calms.Add((TimeSpan.Zero, Start));
        for (var begin = Start; begin + Storm + Calm <= length; begin += Storm + Calm)
        {
            var storm = Enumerable.Range(0, random.Next(4, 8 + (3 * nodes))).Select(_ => DrawOne(random, nodes, begin)).ToList();
            faults.AddRange(storm.OrderBy(fault => fault.At));
            var end = begin + Storm + Calm;
            calms.Add((begin + Storm, end + Storm + Calm <= length ? end : length));
        }

        return new FaultPlan([.. faults.Select((fault, number) => fault with { Number = number })], calms.ToImmutable());
    }

    private static Fault DrawOne(Random random, int nodes, TimeSpan begin)
    {
        var at = begin + (Storm * random.NextDouble());
        // The first nodes are the coordinators, of which there are few: every other fault strikes one of the first half.
        var node = random.Next(random.Next(2) == 0 ? (nodes + 1) / 2 : nodes);
        var other = (node + random.Next(1, nodes)) % nodes;
        var lasts = (begin + Storm - at) * Math.Sqrt(random.NextDouble());
        return new Fault(0, at, lasts, Kinds[random.Next(Kinds.Length)], node, other, random.NextDouble());
    }
}
