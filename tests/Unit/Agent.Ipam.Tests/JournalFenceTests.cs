using Agent.Primitives;

namespace Agent.Ipam.Tests;

/// <summary>When a journal counts as an older copy of the one that was written last, and what becomes of its blocks.</summary>
public sealed class JournalFenceTests
{
    private const string Journal = "journal";
    private static readonly IpPrefix Cidr = IpPrefix.Parse("10.48.0.0/29");
    private static readonly IpAddr First = IpAddr.Parse("10.48.0.0");
    private static readonly IpAddr Second = IpAddr.Parse("10.48.0.1");

    [Fact]
    public void A_journal_that_knows_what_was_published_is_believed() => Assert.Empty(Compare(With(First), EvidenceOf(With(First))));

    [Fact]
    public void A_publication_that_is_behind_the_journal_is_no_sign() => Assert.Empty(Compare(With(First, Second), EvidenceOf(With(First))));

    [Fact]
    public void A_publication_ahead_of_the_journal_is_taken_over_and_sealed()
    {
        var journal = With(First);

        var gap = Assert.Single(Compare(journal, EvidenceOf(With(First, Second))));

        Assert.Equal("published at sequence 102, the journal knows 101", gap.What);
        foreach (var happened in gap.Events) journal.Apply(happened);
        var block = Assert.Single(journal.Blocks);
        Assert.True(block is { IsSealed: true, IsRestored: true });
        Assert.Equal([Second], journal.AddressesOf(Second.ToString()));
        Assert.Empty(Compare(journal, EvidenceOf(With(First, Second))));
    }

    [Fact]
    public void What_was_taken_over_stays_so_in_a_snapshot()
    {
        var journal = With(First);
        foreach (var happened in Assert.Single(Compare(journal, EvidenceOf(With(First, Second)))).Events) journal.Apply(happened);
        var later = new NodeBlocks("node");

        foreach (var happened in journal.Snapshot())
            later.Apply(IpamJson.ReadEvent(IpamJson.ManifestOf(happened), IpamJson.WriteEvent(happened)));

        Assert.True(Assert.Single(later.Blocks) is { IsSealed: true, IsRestored: true });
    }

    [Fact]
    public void A_block_that_was_published_and_is_not_in_the_journal_is_taken_over()
    {
        var journal = new NodeBlocks("node");

        var gap = Assert.Single(Compare(journal, EvidenceOf(With(First))));

        Assert.Equal("published at sequence 101, and not in the journal", gap.What);
        foreach (var happened in gap.Events) journal.Apply(happened);
        Assert.Equal("pool", Assert.Single(journal.Blocks).Pool);
        Assert.Equal([First], journal.AddressesOf(First.ToString()));
    }

    [Fact]
    public void An_interrupted_claim_is_no_sign() =>
        Assert.Empty(Compare(new NodeBlocks("node"), EvidenceOf(With()) with { JournalOfPublication = null }));

    [Fact]
    public void A_pod_whose_address_is_free_in_the_journal_is_a_sign()
    {
        var journal = With(First);

        var gap = Assert.Single(Compare(journal, EvidenceOf(With(First)), pods: [First, Second]));

        Assert.Equal("a pod has 10.48.0.1, which is free in the journal", gap.What);
        foreach (var happened in gap.Events) journal.Apply(happened);
        Assert.Empty(Compare(journal, EvidenceOf(With(First)), pods: [First, Second]));
    }

    [Theory]
    [InlineData(6, false, true)]
    [InlineData(5, false, true)]
    [InlineData(5, true, false)]
    [InlineData(4, false, false)]
    public void A_row_of_this_start_or_a_later_one_is_a_sign_unless_this_start_wrote_it(long written, bool wroteRows, bool isSign)
    {
        var gaps = Compare(With(First), EvidenceOf(With(First)) with { Incarnation = written }, wroteRows: wroteRows);

        Assert.Equal(isSign, gaps.Count == 1);
    }

    [Fact]
    public void A_block_of_another_owner_is_sealed()
    {
        var evidence = EvidenceOf(With(First));

        var gap = Assert.Single(Compare(With(First), evidence with { Published = evidence.Published! with { Affinity = "host:other" } }));

        Assert.Equal(("host:other", (BlockEvent)new BlockEvent.Sealed(Cidr)), (gap.OtherOwner, Assert.Single(gap.Events)));
    }

    [Fact]
    public void What_another_journal_claimed_is_not_judged() =>
        Assert.Empty(Compare(new NodeBlocks("node"), EvidenceOf(With(First)) with { JournalOfRow = "other", JournalOfPublication = "other" }));

    private static IReadOnlyList<JournalGap> Compare(
        NodeBlocks journal, BlockEvidence evidence, bool wroteRows = false, params IpAddr[] pods) =>
        JournalFence.Compare(journal, Journal, 5, wroteRows, [evidence], pods, _ => "pool");

    private static NodeBlocks With(params IpAddr[] assigned)
    {
        var blocks = new NodeBlocks("node");
        blocks.Apply(new BlockEvent.Claimed(Cidr, "pool", "claim", 100, DateTimeOffset.UnixEpoch));
        foreach (var address in assigned) blocks.Apply(new BlockEvent.Assigned(Cidr, address, address.ToString(), OwnerAttributes.Empty));
        return blocks;
    }

    private static BlockEvidence EvidenceOf(NodeBlocks truth)
    {
        var published = truth.Publish(truth.Blocks[0]);
        return new BlockEvidence(Cidr)
        {
            JournalOfRow = Journal,
            Incarnation = 1,
            ClaimId = "claim",
            Published = published,
            JournalOfPublication = Journal,
            Sequence = published.SequenceNumber,
        };
    }
}
