using System.Text.Json.Nodes;

namespace Agent.Ctl.Commands.State;

/// <summary>A journal as <c>state list -o json</c> prints it.</summary>
internal sealed record JournalDocument(
    string Journal, string Machine, long Incarnation, List<HistoryDocument> Histories);

/// <summary>A history of it.</summary>
internal sealed record HistoryDocument(string Id, long Events, long Last, long? SnapshotAt);

/// <summary>An event or a snapshot as <c>state events</c> and <c>state show</c> print it.</summary>
internal sealed record EntryDocument(long Event, string Time, string Type, JsonNode? Content);
