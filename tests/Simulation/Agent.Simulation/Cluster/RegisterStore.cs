using System.Collections.Immutable;

namespace Agent.Simulation.Cluster;

/// <summary>What entities write: one register each, with the epoch of whoever wrote it last. Changed by
/// compare-and-swap; each change is checked as it happens.</summary>
internal sealed class RegisterStore(World world)
{
    private static readonly Register Empty = new(0, 0, "", ImmutableSortedDictionary<string, long>.Empty);

    private readonly Dictionary<string, Register> _registers = new(StringComparer.Ordinal);

    /// <summary>The register of an entity; an empty one where nobody wrote it yet.</summary>
    public Register Read(string id) => _registers.GetValueOrDefault(id, Empty);

    /// <summary>Writes a register if its revision is still that of the one that was read.</summary>
    public bool TryWrite(string id, Register written, string by)
    {
        var before = Read(id);
        if (before.Revision != written.Revision)
            return false;
        world.Seeded.Note("write", $"{by} register {id} epoch {written.Epoch}");
        world.Require(written.Epoch >= before.Epoch, "no write with a lower epoch survives a higher one",
            () => $"{by} wrote {id} in epoch {written.Epoch} after {before.By} wrote it in epoch {before.Epoch}");
        world.Require(written.Epoch != before.Epoch || before.By == by, "an epoch is one process's",
            () => $"{by} and {before.By} both wrote {id} in epoch {written.Epoch}");
        foreach (var (client, number) in before.Last)
        {
            world.Require(written.Last.GetValueOrDefault(client) >= number, "no acknowledged event is lost",
                () => $"{by} wrote {id} without number {number} of {client}");
        }

        _registers[id] = written with { Revision = before.Revision + 1, By = by };
        return true;
    }
}

/// <summary>An entity's state as it stands in the store.</summary>
/// <param name="Revision">Rises with each write; 0 for none.</param>
/// <param name="Epoch">The epoch of the shard in which it was written.</param>
/// <param name="By">The process that wrote it.</param>
/// <param name="Last">The last number that each client put.</param>
internal sealed record Register(long Revision, long Epoch, string By, ImmutableSortedDictionary<string, long> Last);
