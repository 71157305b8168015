using System.Text.Json;
using Agent.Ipam;
using Agent.Resources;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Commands.State;

/// <summary>Whether blocks and affinities fit each other, and a node's journal fits what is published of it.</summary>
internal sealed class ClusterChecks(string place, IReadOnlyList<Resource> resources, List<Complaint> complaints)
{
    /// <summary>The annotation in which an affinity names the journal of its owner.</summary>
    private const string JournalAnnotation = "agent/journal-id";

    private readonly List<(Resource Row, IpamBlock Block)> _blocks = [];
    private readonly List<(Resource Row, BlockAffinity Affinity)> _affinities = [];

    /// <summary>Checks the resources by themselves.</summary>
    internal void Run(DateTimeOffset now)
    {
        foreach (var row in resources)
        {
            try
            {
                if (row.Kind == Kinds.IPAMBlock && IpamBlock.From(row) is { Deleted: false } block)
                    _blocks.Add((row, block));
                else if (row.Kind == Kinds.BlockAffinity && BlockAffinity.From(row) is { Deleted: false } affinity)
                    _affinities.Add((row, affinity));
            }
            catch (ResourceFormatException error)
            {
                Complain(row, error.Message, "correct it with 'agentctl replace', or delete it");
            }
        }

        foreach (var (row, block) in _blocks) CheckBlock(row, block, now);
        foreach (var (row, affinity) in _affinities) CheckAffinity(row, affinity);
        CheckOverlaps();
    }

    /// <summary>Compares a node's journal with what is published of it. The resources were read before the journal, so
    /// whatever is published must stand in it.</summary>
    internal void CompareWith(JournalIdentity identity, NodeBlocks journal)
    {
        var rows = _affinities.Where(each => each.Affinity.Node == journal.Node).ToDictionary(
            each => each.Affinity.Cidr, each => each.Row.Annotations.GetValueOrDefault(JournalAnnotation) ?? "");
        foreach (var owned in journal.Blocks.Where(owned => !owned.IsSealed))
        {
            if (!rows.TryGetValue(owned.Cidr, out var by))
            {
                complaints.Add(new Complaint($"{place}, block {owned.Cidr}",
                    $"the journal of {journal.Node} owns it, and there is no BlockAffinity for it: its pods are announced one "
                    + "by one",
                    "start the agent, which writes it again"));
            }
            else if (by != identity.JournalId)
            {
                complaints.Add(new Complaint($"{place}, block {owned.Cidr}",
                    $"its BlockAffinity names the journal {by}, not {identity.JournalId}: the file was exchanged or restored",
                    "do not start the agent on this file while the other one exists; put the right file back"));
            }

            var published = _blocks.FirstOrDefault(each => each.Block.Cidr == owned.Cidr).Block;
            if (published is not null && published.SequenceNumber > owned.Block.SequenceNumber)
            {
                complaints.Add(new Complaint($"{place}, block {owned.Cidr}",
                    FormattableString.Invariant(
                        $"published at sequence {published.SequenceNumber}, the journal knows {owned.Block.SequenceNumber}: ")
                    + "the journal is an older copy, and knows nothing of later pods",
                    "put the latest copy back; or start the agent, which takes over what was published and goes on with new "
                    + "blocks"));
            }
        }

        foreach (var (cidr, by) in rows.Where(row => journal.Find(row.Key) is null).OrderBy(row => row.Key))
        {
            complaints.Add(by == identity.JournalId
                ? new Complaint($"{place}, block {cidr}", $"claimed for {journal.Node}, and not in its journal",
                    "start the agent, which finishes the claim")
                : new Complaint($"{place}, block {cidr}",
                    $"claimed for {journal.Node} by the journal {(by.Length > 0 ? by : "of another program")}, which is not "
                    + "this one: its addresses are not given out again",
                    "put that journal back; or, once its pods are gone, delete the BlockAffinity and the IPAMBlock"));
        }
    }

    private void CheckBlock(Resource row, IpamBlock block, DateTimeOffset now)
    {
        try
        {
            foreach (var problem in BlockCheck.Problems(IpamJson.ReadBlock(row.Spec), now))
                Complain(row, problem, "the owner's agent publishes the block anew after its next change or restart; if nobody "
                    + "owns it, correct it with 'agentctl replace'");
        }
        catch (JsonException error)
        {
            Complain(row, $"the spec cannot be read: {error.Message}", "correct it with 'agentctl replace'");
        }

        if (NodeBlocks.NodeOf(block.Affinity) is { } owner
            && !_affinities.Any(each => each.Affinity.Cidr == block.Cidr && each.Affinity.Node == owner))
            Complain(row, $"it belongs to {block.Affinity}, and there is no BlockAffinity that says so",
                "start that node's agent, which writes it again; if the node is gone for good, delete the block");
    }

    private void CheckAffinity(Resource row, BlockAffinity affinity)
    {
        if (affinity.State != AffinityState.Confirmed) return;
        var block = _blocks.FirstOrDefault(each => each.Block.Cidr == affinity.Cidr).Block;
        if (block is null)
            Complain(row, $"confirmed, and there is no IPAMBlock {affinity.Cidr}",
                $"start the agent of {affinity.Node}, which publishes it; if the node is gone for good, delete the row");
        else if (NodeBlocks.NodeOf(block.Affinity) != affinity.Node)
            Complain(row, $"confirmed for {affinity.Node}, and the block belongs to {block.Affinity ?? "nobody"}",
                "delete the row, unless the node's agent runs: then restart it");
    }

    private void CheckOverlaps()
    {
        var sorted = _blocks.OrderBy(each => each.Block.Cidr).ToArray();
        for (var at = 1; at < sorted.Length; at++)
            if (sorted[at - 1].Block.Cidr.Overlaps(sorted[at].Block.Cidr))
                Complain(sorted[at].Row, $"overlaps the block {sorted[at - 1].Block.Cidr}",
                    "two pools overlap, or a pool's blockSize was changed: disable one, and delete the block that has no pods");
    }

    private void Complain(Resource row, string problem, string remedy) =>
        complaints.Add(new Complaint($"{place}, {row.Key}", problem, remedy));
}
