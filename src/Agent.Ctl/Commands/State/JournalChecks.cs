using System.Globalization;
using System.Text.Json;
using Agent.Ipam;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Commands.State;

/// <summary>Whether a node's journal can be replayed: the file is sound, no event is missing, each can be read, and
/// together they make sense.</summary>
internal sealed class JournalChecks(string place, List<Complaint> complaints)
{
    /// <summary>History ids are <c>ipam-NODE</c> and <c>resources-NODE</c>.</summary>
    private const string BlocksOf = "ipam-";

    private const string BlocksSnapshot = "blocks";
    private const string ResourcesSnapshot = "resources";

    private const string Restore =
        "stop the agent and put back a copy taken after its last stop; or move the journal aside with its -wal and -shm files: "
        + "the agent rebuilds what it can, and takes new blocks";

    /// <summary>Checks the journal; gives what the node owns by it, null where it cannot be told.</summary>
    internal NodeBlocks? Run(JournalReader journal)
    {
        foreach (var damage in journal.Damage()) Complain(place, $"the file is damaged: {damage}", Restore);
        foreach (var hole in journal.Holes())
        {
            Complain(
                $"{place}, {hole.PersistenceId}",
                string.Create(CultureInfo.InvariantCulture, $"events {hole.From} to {hole.To} are missing"), Restore);
        }

        NodeBlocks? blocks = null;
        foreach (var history in journal.Histories())
        {
            if (history.PersistenceId.StartsWith(BlocksOf, StringComparison.Ordinal))
                blocks = Replay(journal, history.PersistenceId) ?? blocks;
            else
                CheckOther(journal, history.PersistenceId);
        }

        return blocks;
    }

    /// <summary>The latest snapshot and the events behind it, as the block owner replays them.</summary>
    private NodeBlocks? Replay(JournalReader journal, string id)
    {
        var blocks = new NodeBlocks(id[BlocksOf.Length..]);
        var sound = true;
        var from = 1L;
        if (journal.Snapshots(id) is [.., var latest])
        {
            from = latest.SequenceNr + 1;
            sound = Try(id, "the snapshot", latest, BlocksSnapshot, () =>
            {
                foreach (var restored in JsonDocument.Parse(latest.Json).RootElement.GetProperty("blocks").EnumerateArray())
                    blocks.Apply(IpamJson.ReadRestored(restored));
            });
        }

        foreach (var record in journal.Events(id, from))
        {
            if (!sound) break;                                  // what follows builds on what cannot be read
            sound = Try(id, "event", record, null, () => blocks.Apply(IpamJson.ReadEvent(record.Manifest, record.Json)));
        }

        return sound ? blocks : null;
    }

    private void CheckOther(JournalReader journal, string id)
    {
        foreach (var snapshot in journal.Snapshots(id))
            Try(id, "the snapshot", snapshot, ResourcesSnapshot, () => JsonDocument.Parse(snapshot.Json).Dispose());
        foreach (var record in journal.Events(id))
            Try(id, "event", record, "", () => JsonDocument.Parse(record.Json).Dispose());
    }

    private bool Try(string id, string what, JournalRecord record, string? manifest, Action read)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $"{what} {record.SequenceNr} ({record.Manifest})");
        var unknown = manifest is null
            ? IpamJson.EventTypes.All(each => each.Manifest != record.Manifest)
            : record.Manifest != manifest;
        if (unknown)
        {
            Complain($"{place}, {id}", $"{at} has a manifest that this program does not know",
                "use the release that wrote it, or a newer one; if none did, " + Restore);
            return false;
        }

        try
        {
            read();
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException
            or ArgumentException)
        {
            Complain($"{place}, {id}", $"{at} cannot be read: {error.Message}", Restore);
            return false;
        }
    }

    private void Complain(string where, string problem, string remedy) =>
        complaints.Add(new Complaint(where, problem, remedy));
}
