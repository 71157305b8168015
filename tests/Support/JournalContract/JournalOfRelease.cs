using System.Text.Json;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>A journal with two events and a snapshot, and what a release with further versions of the tables finds in it.</summary>
public static class JournalOfRelease
{
    private const string Id = JournalTests.Id;

    public static async Task FillAsync(string place)
    {
        using var journal = Open(place, []);
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite(Id, 1, [new Deposited(5), new Deposited(7)])]);
        await journal.Persistence.Snapshots.SaveAsync(new SnapshotMetadata(Id, 2, DateTime.UnixEpoch), new Balance(12));
    }

    public static async Task<string> ContentAsync(string place, IReadOnlyList<string> later)
    {
        using var journal = Open(place, later);
        var events = await journal.Persistence.Journal.ReplayAsync(Id, 1, 9, 9);
        var snapshot = await journal.Persistence.Snapshots.LoadAsync(Id, SnapshotSelectionCriteria.Latest);
        return $"{journal.Identity}; {string.Join(", ", events)}; {snapshot}";
    }

    public static async Task<string?> SqlAsync(string place, IReadOnlyList<string> later, string sql)
    {
        using var journal = Open(place, later);
        return await journal.Thread.RunAsync(connection => connection.Scalar(sql)?.ToString());
    }

    private static NodeJournal Open(string place, IReadOnlyList<string> later) => NodeJournal.Open(
        new NodeJournalSettings(place, new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited").Add<Balance>("balance"))
        {
            CreateAs = new JournalIdentity("j-1", "m-1", 1),
            LaterUpgrades = later,
        });
}
