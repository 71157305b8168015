using Agent.Runtime.Actor;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>How the entities of a type are kept.</summary>
public sealed class ClusterShardingSettings
{
    private static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(2);

    private ClusterShardingSettings(string role, bool rememberEntities, TimeSpan passivateIdleEntityAfter)
    {
        Role = role;
        RememberEntities = rememberEntities;
        PassivateIdleEntityAfter = passivateIdleEntityAfter;
    }

    /// <summary>The role of the members that own the type's shards.</summary>
    public readonly string Role;

    /// <summary>Whether entities are started as soon as their shard is, and as soon as they come to exist, rather than
    /// by their first message; which exist says <see cref="ClusterSetup.RememberedEntities"/>.</summary>
    public readonly bool RememberEntities;

    /// <summary>After how long without messages an entity is stopped; zero for never. Remembered entities are
    /// not.</summary>
    public readonly TimeSpan PassivateIdleEntityAfter;

    /// <summary>Shards on the coordinators, entities not remembered, and stopped after 2 minutes without
    /// messages.</summary>
    public static ClusterShardingSettings Create(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return new ClusterShardingSettings(ClusterSetup.Coordinator, false, DefaultIdle);
    }

    /// <summary>The same settings with shards on members of this role; null for
    /// <see cref="ClusterSetup.Coordinator"/>.</summary>
    public ClusterShardingSettings WithRole(string? role) =>
        new(role ?? ClusterSetup.Coordinator, RememberEntities, PassivateIdleEntityAfter);

    /// <summary>The same settings with entities remembered or not.</summary>
    public ClusterShardingSettings WithRememberEntities(bool rememberEntities) =>
        new(Role, rememberEntities, PassivateIdleEntityAfter);

    /// <summary>The same settings with another time after which an entity without messages is stopped; zero for
    /// never.</summary>
    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) => new(Role, RememberEntities, duration);

    /// <summary>The time after which an entity without messages is stopped; null for never.</summary>
    internal TimeSpan? Idle =>
        RememberEntities || PassivateIdleEntityAfter <= TimeSpan.Zero ? null : PassivateIdleEntityAfter;
}
