using Agent.Primitives;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

/// <summary>Random histories of one node's blocks, each from a seed, against the invariants that a checker of the whole cluster uses.</summary>
public sealed class BlockPropertyTests
{
    private static readonly Pool Small = Pool("pool", "10.0.0.0/27", 29);

    [Fact]
    public void Whatever_happens_blocks_stay_well_formed_and_survive_publication_and_journal()
    {
        ForEachHistory((state, _) =>
        {
            foreach (var owned in state.Blocks) Assert.Empty(BlockCheck.Problems(state.Publish(owned), Noon));
            var again = new NodeBlocks(state.Node);
            foreach (var restored in state.Snapshot())
                again.Apply(IpamJson.ReadEvent(IpamJson.ManifestOf(restored), IpamJson.WriteEvent(restored)));
            Assert.Equal(state.Text(), again.Text());
        });
    }

    [Fact]
    public void Sequence_numbers_rise_with_each_change_and_no_address_is_ahead_of_its_block()
    {
        var before = new Dictionary<IpPrefix, ulong>();
        ForEachHistory((state, happened) =>
        {
            if (state.Find(happened.Block) is not { } owned) return;
            if (happened is BlockEvent.Assigned or BlockEvent.Released)
                Assert.True(owned.Block.SequenceNumber > before[owned.Cidr]);
            before[owned.Cidr] = owned.Block.SequenceNumber;
            for (var ordinal = 0; ordinal < owned.Block.Size; ordinal++)
                Assert.True((owned.Block[ordinal]?.Sequence ?? 0) <= owned.Block.SequenceNumber);
        });
    }

    [Fact]
    public void A_release_that_means_an_earlier_assignment_or_another_handle_changes_nothing()
    {
        var past = new Dictionary<IpAddr, (string Handle, ulong Sequence)>();
        ForEachHistory((state, happened) =>
        {
            if (happened is not BlockEvent.Assigned(_, var address, var handle, _)) return;
            var now = state.AllocationOf(address)!;
            if (past.TryGetValue(address, out var earlier) && earlier.Sequence != now.Sequence)
                Assert.IsType<ReleaseDecision.Conflict>(ReleasePlan.ByAddress(state, address, earlier.Handle, earlier.Sequence));
            Assert.IsType<ReleaseDecision.Conflict>(ReleasePlan.ByAddress(state, address, handle + "-other"));
            Assert.Empty(ReleasePlan.ByHandle(state, handle, now.Sequence + 1));
            past[address] = (handle, now.Sequence);
        });
    }

    [Fact]
    public void Addresses_are_assigned_in_the_order_in_which_they_became_free()
    {
        var queues = new Dictionary<IpPrefix, List<IpAddr>>();
        ForEachHistory((state, happened) =>
        {
            switch (happened)
            {
                case BlockEvent.Claimed(var cidr, _, _, _, _):
                    queues[cidr] = [.. Enumerable.Range(0, 8).Select(i => cidr.Address.Add((UInt128)i))];
                    break;
                case BlockEvent.Assigned(var cidr, var address, _, _):
                    Assert.Equal(queues[cidr][0], address);
                    queues[cidr].RemoveAt(0);
                    break;
                case BlockEvent.Released(var cidr, var address):
                    queues[cidr].Add(address);
                    break;
                default:
                    break;
            }
        });
    }

    [Fact]
    public void No_address_is_ever_with_two_handles_and_each_handle_has_what_it_was_given()
    {
        var holders = new Dictionary<IpAddr, string>();
        ForEachHistory((state, happened) =>
        {
            if (happened is BlockEvent.Claimed && state.Blocks.Count == 1) holders.Clear();
            if (happened is BlockEvent.Assigned assigned) Assert.True(holders.TryAdd(assigned.Address, assigned.Handle));
            if (happened is BlockEvent.Released released) Assert.True(holders.Remove(released.Address));
            foreach (var (address, handle) in holders)
            {
                Assert.Equal(handle, state.AllocationOf(address)?.Handle);
                Assert.Equal([address], state.AddressesOf(handle));
            }

            Assert.Equal(holders.Count, state.Blocks.Sum(owned => owned.Block.AssignedCount));
        });
    }

    /// <summary>Plays 60 histories of 120 steps; after each event the check sees the state and the event.</summary>
    private static void ForEachHistory(Action<NodeBlocks, BlockEvent> check)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var state = new NodeBlocks("node1");
            var incarnation = 1UL;
            for (var step = 0; step < 120; step++)
            {
                foreach (var happened in Step(state, random, ref incarnation))
                {
                    state.Apply(happened);
                    check(state, happened);
                }
            }
        }
    }

    private static List<BlockEvent> Step(NodeBlocks state, Random random, ref ulong incarnation)
    {
        var handle = $"h{random.Next(30)}";
        switch (random.Next(10))
        {
            case < 5:
                var request = Request(handle, Small) with { Attributes = On($"n{random.Next(3)}") };
                switch (AssignmentPlan.Decide(state, request))
                {
                    case AssignmentDecision.Assign(var assigned): return [assigned];
                    case AssignmentDecision.ClaimNeeded(var pool):
                        var free = CandidateBlocks.FirstFree(pool, 1, AddressSet.Empty, cidr => state.Find(cidr) is not null);
                        return free is { } cidr ? [new BlockEvent.Claimed(cidr, pool.Name, "c", incarnation++ << 32, Noon)] : [];
                    default: return [];
                }

            case < 9:
                return [.. ReleasePlan.ByHandle(state, handle)];

            default:
                var idle = state.Blocks.FirstOrDefault(owned => owned.Block.IsEmpty);
                return idle is null ? [] : [new BlockEvent.Sealed(idle.Cidr), new BlockEvent.Unclaimed(idle.Cidr)];
        }
    }
}
