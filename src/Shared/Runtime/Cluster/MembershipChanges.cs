using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster;

/// <summary>The difference of two views as events, and a view as the state that subscribers see. Pure.</summary>
internal static class MembershipChanges
{
    public static IReadOnlyList<ClusterEvent.IClusterDomainEvent> Between(
        IReadOnlyCollection<KnownMember> before, IReadOnlyCollection<KnownMember> after, MembershipView view)
    {
        var (old, now) = (before.ToDictionary(k => k.Member), after.ToDictionary(k => k.Member));
        List<ClusterEvent.IClusterDomainEvent> changes = [];
        foreach (var gone in before.Where(k => !now.ContainsKey(k.Member)))
        {
            var end = gone.Member.Status is MemberStatus.Leaving ? MemberStatus.Exiting : view.EndOf(gone);
            if (gone.Member.Status is MemberStatus.Leaving)
                changes.Add(new ClusterEvent.MemberExited(gone.Member.Copy(MemberStatus.Exiting)));
            changes.Add(new ClusterEvent.MemberRemoved(gone.Member.Copy(MemberStatus.Removed), end));
        }

        foreach (var known in after)
        {
            var was = old.GetValueOrDefault(known.Member);
            if (was is null)
                changes.Add(new ClusterEvent.MemberUp(known.Member.Copy(MemberStatus.Up)));
            if (known.Member.Status is MemberStatus.Leaving && was?.Member.Status is not MemberStatus.Leaving)
                changes.Add(new ClusterEvent.MemberLeft(known.Member));
            if (known.IsUnreachable && was is not { IsUnreachable: true })
                changes.Add(new ClusterEvent.UnreachableMember(known.Member));
            else if (!known.IsUnreachable && was is { IsUnreachable: true })
                changes.Add(new ClusterEvent.ReachableMember(known.Member));
        }

        if (Leader(before) != Leader(after))
            changes.Add(new ClusterEvent.LeaderChanged(Leader(after)!));
        return changes;
    }

    public static ClusterEvent.CurrentClusterState State(IReadOnlyCollection<KnownMember> known) => new(
        [.. known.Select(k => k.Member)],
        [.. known.Where(k => k.IsUnreachable).Select(k => k.Member)],
        [],
        Leader(known)!,
        known.SelectMany(k => k.Member.Roles).Distinct()
            .ToImmutableDictionary(role => role, role => Leader([.. known.Where(k => k.Member.HasRole(role))])!));

    private static Address? Leader(IReadOnlyCollection<KnownMember> known) =>
        known.Where(k => k.Member.Status is MemberStatus.Up).Select(k => k.Member.Address).Order().FirstOrDefault();
}
