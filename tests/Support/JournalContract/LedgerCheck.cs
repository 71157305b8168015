using System.Globalization;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>What the history of a ledger (tests/Support/JournalWriter) must look like after any kill.</summary>
/// <param name="id">Whose history.</param>
/// <param name="when">Names the kill in failures.</param>
internal sealed class LedgerCheck(string id, string when)
{
    private const int Period = 5;

    /// <summary>Compares the journal with what was said to be done.</summary>
    /// <param name="reader">The journal after the kill.</param>
    /// <param name="said">The highest number of each kind of line, by kind.</param>
    /// <returns>The last event.</returns>
    public long Run(JournalReader reader, Func<string, long> said)
    {
        var history = reader.Histories().SingleOrDefault(history => history.PersistenceId == id);
        if (history is null)
        {
            Require(said("event") == 0, "the history is gone");
            return 0;
        }

        var last = history.HighestSequenceNr;
        Require(last >= said("event"), $"{said("event")} was acknowledged, {last} is the last event");
        Require(last % Period != Period - 1, $"the batch {last}, {last + 1} was torn");
        var snapshot = Snapshot(reader, said);
        Require(snapshot <= last, $"the snapshot {snapshot} is of the future, {last} is the last event");
        Events(reader.Events(id), snapshot, last, said("deleted"));
        var tagged = reader.Tagged("mark").Where(found => found.PersistenceId == id).Select(found => found.Record.SequenceNr);
        Same(reader.Events(id).Select(found => found.SequenceNr).Where(number => number % 3 == 0), tagged, "the tagged events");
        return last;
    }

    private long Snapshot(JournalReader reader, Func<string, long> said)
    {
        var snapshots = reader.Snapshots(id);
        var latest = snapshots.Count > 0 ? snapshots[^1].SequenceNr : 0;
        Require(latest >= said("saved"), $"the snapshot {said("saved")} was acknowledged and is gone");
        Require(snapshots.All(found => found.SequenceNr > said("forgot")), $"snapshots up to {said("forgot")} were deleted and are there");
        foreach (var found in snapshots)
        {
            var at = found.SequenceNr;
            Require(
                found.Json == string.Create(CultureInfo.InvariantCulture, $$"""{"last":{{at}},"total":{{at * (at + 1) / 2}}}"""),
                $"the snapshot {at} is {found.Json}");
        }

        return latest;
    }

    private void Events(IReadOnlyList<JournalRecord> events, long snapshot, long last, long deleted)
    {
        Require(events.Count > 0 || last <= snapshot, $"events after {snapshot} are gone, {last} was the last");
        if (events.Count == 0) return;
        var first = events[0].SequenceNr;
        Require(first > deleted, $"events up to {deleted} were deleted, and {first} is there");
        Require(first <= snapshot + 1, $"there is a hole between the snapshot {snapshot} and the event {first}");
        Same(
            Enumerable.Range((int)first, (int)(last - first + 1)).Select(number => string.Create(
                CultureInfo.InvariantCulture, $$"""{{number}} {{(number % 3 == 0 ? "marked" : "entered")}} {"number":{{number}}}""")),
            events.Select(found => string.Create(
                CultureInfo.InvariantCulture, $"{found.SequenceNr} {found.Manifest} {found.Json}")),
            "the events");
    }

    private void Same<T>(IEnumerable<T> expected, IEnumerable<T> found, string what)
    {
        T[] all = [.. found];
        Require(expected.SequenceEqual(all), $"{what} are {string.Join(", ", all)}");
    }

    private void Require(bool holds, string complaint) => Assert.True(holds, $"{when}, {id}: {complaint}");
}
