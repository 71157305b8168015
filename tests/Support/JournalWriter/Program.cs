using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.JournalWriter;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

// Writes through the real journal until it is killed: journal-writer FILE-OR-ADDRESS. "opened" says that the journal is open; each further
// line says what is done: "event writer-2 17" acknowledges an event that the journal has reported as kept, the others are the ledgers'.
// Four histories are written straight to the journal and two by persistent actors, all at the same time, so that commits are shared; each
// goes on where it ended.
var serializer = new JsonEventSerializer(JsonSerializerOptions.Web)
    .Add<Written>("written").Add<Entered>("entered").Add<Marked>("marked", Ledger.Mark).Add<Sum>("sum");
using var journal = Open();
using var output = Console.OpenStandardOutput();
Say("opened");
var system = RuntimeSystem.Create("writer", new RuntimeSetup
{
    Persistence = journal.Persistence,
    LogFilter = (level, _) => level >= LogLevel.WarningLevel,
    LogSink = entry => Say($"broken {entry}"),
});
foreach (var id in new[] { "ledger-0", "ledger-1" })
    system.ActorOf(Ledger.Of(id, Say), id);
await Task.WhenAll(Enumerable.Range(0, 4).Select(n => WriteAsync(string.Create(CultureInfo.InvariantCulture, $"writer-{n}"))));

async Task WriteAsync(string id)
{
    for (var next = 1 + await journal.Persistence.Journal.HighestSequenceNrAsync(id); ; next++)
    {
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite(id, next, [new Written(next)])]);
        Say(string.Create(CultureInfo.InvariantCulture, $"event {id} {next}"));
    }
}

// A server on a busy machine may be slow to answer; an agent would be started again by systemd.
NodeJournal Open()
{
    while (true)
    {
        try
        {
            return NodeJournal.Open(new NodeJournalSettings(args[0], serializer)
            {
                CreateAs = new JournalIdentity("killed", "machine", 1),
            });
        }
        catch (JournalException e) when (e.Problem == JournalProblem.Unreachable)
        {
            Console.Error.WriteLine(e.Message);
        }
    }
}

// One write(2) a line: a kill leaves no half of one.
void Say(string line)
{
    lock (output) output.Write(Encoding.ASCII.GetBytes(line.ReplaceLineEndings(" ") + "\n"));
}

namespace Agent.JournalWriter
{
    /// <summary>An event that knows its own number.</summary>
    internal sealed record Written(long Number);
}
