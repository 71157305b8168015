using System.Diagnostics;
using System.Globalization;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>A process that writes is killed (SIGKILL) at random points, again and again: every event that it acknowledged is in the journal,
/// once, and there is no hole.</summary>
/// <remarks>The process is <c>tests/Support/JournalWriter</c>; it goes on each time with the journal that the kill before left behind.</remarks>
public abstract class KillContract : JournalTests
{
    private const int MostAcknowledgements = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public Task Killed_fifty_times_it_has_every_acknowledged_event_once_and_no_hole() => KillAsync(50);

    [Fact]
    [Trait("Category", "Slow")]
    public Task Killed_a_thousand_times_it_has_every_acknowledged_event_once_and_no_hole() => KillAsync(1000);

    private async Task KillAsync(int times)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var checkedUpTo = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var round = 0; round < times; round++)
        {
            // From "at once" and "when the journal is open" to "in the middle of the sixtieth acknowledgement".
            var acknowledged = await WriteUntilKilledAsync(random.Next(MostAcknowledgements + 2));
            if (!Exists()) continue;
            using var reader = JournalReader.Open(Place);
            foreach (var (id, last) in acknowledged)
            {
                var from = checkedUpTo.GetValueOrDefault(id) + 1;
                var events = reader.Events(id, from);
                var expected = Enumerable.Range(0, events.Count).Select(n => Expected(from + n));
                Assert.True(expected.SequenceEqual(events.Select(Text)), $"seed {seed}, kill {round}, {id}: there is a hole after {from - 1}");
                checkedUpTo[id] = from - 1 + events.Count;
                Assert.True(checkedUpTo[id] >= last, $"seed {seed}, kill {round}, {id}: {last} was acknowledged, {checkedUpTo[id]} is the last");
            }
        }

        using var whole = JournalReader.Open(Place);
        Assert.NotEmpty(checkedUpTo);
        Assert.All(whole.Histories(), history => Assert.Equal(
            Enumerable.Range(1, (int)history.HighestSequenceNr).Select(n => Expected(n)), whole.Events(history.PersistenceId).Select(Text)));
    }

    /// <summary>False while no process lived long enough to make the journal.</summary>
    private bool Exists()
    {
        try
        {
            JournalReader.Open(Place).Dispose();
            return true;
        }
        catch (JournalException e) when (e.Problem is JournalProblem.Missing or JournalProblem.NotAJournal)
        {
            return false;
        }
    }

    /// <summary>Kills the writer after so many lines, and gives the last acknowledgement of each history.</summary>
    private async Task<SortedDictionary<string, long>> WriteUntilKilledAsync(int lines)
    {
        using var writer = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "journal-writer.dll"), Place])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = writer.StandardError.ReadToEndAsync();
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var n = 0; n < lines; n++)
        {
            if (await writer.StandardOutput.ReadLineAsync().WaitAsync(Patience) is not { } line)
                Assert.Fail($"the writer ended by itself: {await errors}");
            else
                Note(line);
        }

        writer.Kill();
        while (await writer.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line) Note(line);
        await writer.WaitForExitAsync().WaitAsync(Patience);
        return acknowledged;

        void Note(string line)
        {
            if (line.Split(' ') is [var id, var number]) acknowledged[id] = long.Parse(number, CultureInfo.InvariantCulture);
        }
    }

    private static string Expected(long number) => string.Create(CultureInfo.InvariantCulture, $"{number} {{\"number\":{number}}}");

    private static string Text(JournalRecord record) => string.Create(CultureInfo.InvariantCulture, $"{record.SequenceNr} {record.Json}");
}
