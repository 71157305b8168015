using System.Globalization;
using System.Text;
using Agent.JournalWriter;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

// Writes events through the real journal until it is killed: journal-writer FILE-OR-ADDRESS. "opened" says that the journal is open;
// each further line, "writer-2 17", acknowledges an event that the journal has reported as kept. Four histories are
// written at the same time, so that commits are shared; each goes on where it ended.
using var journal = NodeJournal.Open(new NodeJournalSettings(args[0], new JsonEventSerializer().Add<Written>("written"))
{
    CreateAs = new JournalIdentity("killed", "machine", 1),
});
using var output = Console.OpenStandardOutput();
Say("opened");
await Task.WhenAll(Enumerable.Range(0, 4).Select(n => WriteAsync(string.Create(CultureInfo.InvariantCulture, $"writer-{n}"))));

async Task WriteAsync(string id)
{
    for (var next = 1 + await journal.Persistence.Journal.HighestSequenceNrAsync(id); ; next++)
    {
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite(id, next, [new Written(next)])]);
        Say(string.Create(CultureInfo.InvariantCulture, $"{id} {next}"));
    }
}

// One write(2) a line: a kill leaves no half of one.
void Say(string line)
{
    lock (output) output.Write(Encoding.ASCII.GetBytes(line + "\n"));
}

namespace Agent.JournalWriter
{
    /// <summary>An event that knows its own number.</summary>
    internal sealed record Written(long Number);
}
