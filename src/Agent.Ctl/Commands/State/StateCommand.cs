using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ctl.Output;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Commands.State;

/// <summary><c>state</c>: what this node decided and keeps in its journal, read from the file beside the running
/// agent.</summary>
internal static class StateCommand
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly Option<string?> Journal = new("--journal")
    {
        Description = "The node's journal: a file, or a postgres:// address with ?schema=journal_NODE. "
            + "Environment: AGENT_JOURNAL.",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<long> From = new("--from")
    {
        Description = "The first event's number.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Max = new("--max")
    {
        Description = "At most so many events.",
        HelpName = "count",
        DefaultValueFactory = _ => 100,
    };

    private static readonly Option<string?> Format = Documents.Flag();

    static StateCommand()
    {
        From.RequireAtLeast(1);
        Max.RequireAtLeast(1);
    }

    internal static Command Build(Surroundings surroundings)
    {
        var id = new Argument<string>("id")
        {
            Description = "Whose history, as 'state list' names it.",
            HelpName = "id",
        };
        id.CompletionSources.Add(context => Ids(context.ParseResult, surroundings));
        var list = new Command("list", "Lists the histories in the journal and what the file says of itself.") { Format };
        list.SetAction(parsed => Read(
            parsed, surroundings, ListOf, journal => WriteList(journal, surroundings.Output)));

        var show = new Command("show",
            "Shows the latest snapshot of a history; what came after it is shown by 'state events'.") { id, Format };
        show.SetAction(parsed => Read(
            parsed, surroundings,
            journal => JsonSerializer.SerializeToElement(
                LatestSnapshot(journal, parsed.GetValue(id)!) is { } latest ? EntryOf(latest) : null,
                DocumentJson.Default.EntryDocument),
            journal => WriteSnapshot(journal, parsed.GetValue(id)!, surroundings.Output)));

        var events = new Command("events", "Shows the events of a history, one in a line.") { id, From, Max, Format };
        events.SetAction(parsed => Read(
            parsed, surroundings,
            journal => JsonSerializer.SerializeToElement(
                [.. Events(journal, parsed.GetValue(id)!, parsed.GetValue(From), parsed.GetValue(Max)).Select(EntryOf)],
                DocumentJson.Default.ListEntryDocument),
            journal => WriteEvents(journal, parsed.GetValue(id)!, parsed.GetValue(From), parsed.GetValue(Max),
                surroundings.Output)));

        return new Command(
            "state",
            """
            Shows and checks what is kept on disk: the journal of this node, which holds what it decided alone and will remember after a
            restart, and for 'export' and 'verify' also the cluster's datastore. Works beside a running agent and without one; nothing is
            changed or locked.

            Examples:
              agentctl state list
              agentctl state verify
              agentctl state events ipam-node1 --from 100
              agentctl state show resources-node1 -o json
            """)
        {
            Journal, list, show, events, ExportCommand.Build(surroundings, Journal),
            VerifyCommand.Build(surroundings, Journal),
        };
    }

    private static int Read(
        ParseResult parsed, Surroundings surroundings, Func<JournalReader, JsonElement> read, Action<JournalReader> write)
    {
        var format = Documents.Format(parsed, Format);
        using var journal = Open(parsed, surroundings);
        if (format is null) write(journal);
        else Documents.Write(surroundings.Output, format, read(journal));
        return 0;
    }

    private static JournalReader Open(ParseResult parsed, Surroundings surroundings) =>
        JournalReader.Open(parsed.GetValue(Journal) ?? Settings.Read(parsed, surroundings).JournalPath);

    // Completion has no place to complain: where the journal cannot be read there are no words.
    private static IEnumerable<string> Ids(ParseResult parsed, Surroundings surroundings)
    {
        try
        {
            using var journal = Open(parsed, surroundings);
            return [.. journal.Histories().Select(history => history.PersistenceId)];
        }
        catch (Exception error) when (error is JournalException or CommandFailedException)
        {
            return [];
        }
    }

    private static JsonElement ListOf(JournalReader journal) => JsonSerializer.SerializeToElement(
        new JournalDocument(
            journal.Identity.JournalId, journal.Identity.MachineId, journal.Identity.Incarnation,
            [.. journal.Histories().Select(history => new HistoryDocument(
                history.PersistenceId, history.Events, history.HighestSequenceNr, history.SnapshotSequenceNr))]),
        DocumentJson.Default.JournalDocument);

    private static EntryDocument EntryOf(JournalRecord record) =>
        new(record.SequenceNr, Time(record), record.Manifest, Content(record.Json));

    // What is damaged is shown as it stands there.
    private static JsonNode? Content(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return JsonValue.Create(json);
        }
    }

    private static void WriteList(JournalReader journal, TextWriter output)
    {
        output.WriteLine($"This is {journal.Identity}.");
        IEnumerable<string[]> rows = journal.Histories().Select(history => (string[])
            [history.PersistenceId, Number(history.Events), Number(history.HighestSequenceNr),
                history.SnapshotSequenceNr is { } at ? Number(at) : "-"]);
        PaddedTable.WriteKubernetes(output, [["ID", "EVENTS", "LAST", "SNAPSHOT AT"], .. rows]);
    }

    private static void WriteSnapshot(JournalReader journal, string id, TextWriter output)
    {
        if (LatestSnapshot(journal, id) is not { } latest)
        {
            output.WriteLine($"{id} has no snapshot; 'agentctl state events {id}' shows all that it is made of.");
            return;
        }

        output.WriteLine($"Snapshot after event {Number(latest.SequenceNr)}, {latest.Manifest}, {Time(latest)}:");
        output.WriteLine(latest.Json);
    }

    private static void WriteEvents(JournalReader journal, string id, long from, int max, TextWriter output)
    {
        IEnumerable<string[]> rows = Events(journal, id, from, max)
            .Select(record => (string[])[Number(record.SequenceNr), Time(record), record.Manifest, record.Json]);
        PaddedTable.WriteKubernetes(output, [["EVENT", "TIME", "TYPE", "CONTENT"], .. rows]);
    }

    private static JournalRecord? LatestSnapshot(JournalReader journal, string id)
    {
        Require(journal, id);
        return journal.Snapshots(id) is [.., var latest] ? latest : null;
    }

    private static IReadOnlyList<JournalRecord> Events(JournalReader journal, string id, long from, int max)
    {
        Require(journal, id);
        return journal.Events(id, from, max);
    }

    private static void Require(JournalReader journal, string id)
    {
        if (journal.Histories().All(history => history.PersistenceId != id))
            throw new CommandFailedException(
                $"the journal has no history of '{id}'; 'agentctl state list' names those that there are");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(JournalRecord record) =>
        record.Created.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
