using System.Diagnostics;
using System.Globalization;
using Agent.Runtime.Sql;

namespace Agent.Journal.Contract;

/// <summary>A process that writes is killed (SIGKILL) at random moments, again and again: every event that it acknowledged is in the journal,
/// once, and there is no hole; and persistent actors come back with the state that their events, snapshots and deletions left.</summary>
/// <remarks>The process is <c>tests/Support/JournalWriter</c>; it goes on each time with the journal that the kill before left behind.</remarks>
public abstract class KillContract : JournalTests
{
    private const int MostLines = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string[] Ledgers = ["ledger-0", "ledger-1"];

    [Fact]
    public Task Killed_fifty_times_it_has_every_acknowledged_event_once_and_no_hole() => KillAsync(50);

    [Fact]
    [Trait("Category", "Slow")]
    public Task Killed_a_thousand_times_it_has_every_acknowledged_event_once_and_no_hole() => KillAsync(1000);

    /// <summary>Waits until nothing more is done for a process that was killed, where the database lives on without it.</summary>
    protected virtual void Settle()
    {
    }

    private async Task KillAsync(int times)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        // The last event of each history that was found in the journal.
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var recovered = 0;
        for (var round = 0; round < times; round++)
        {
            var said = await WriteUntilKilledAsync(random);
            Settle();
            if (!Exists()) continue;
            var when = $"seed {seed}, kill {round}";
            using var reader = JournalReader.Open(Place);
            Assert.True(reader.Holes().Count == 0, $"{when}: {string.Join(", ", reader.Holes())}");
            foreach (var (line, last) in said)
            {
                if (line.Split(' ') is not ["event", var id] || Ledgers.Contains(id)) continue;
                var from = found.GetValueOrDefault(id) + 1;
                var events = reader.Events(id, from);
                var expected = Enumerable.Range(0, events.Count).Select(n => Expected(from + n));
                Assert.True(expected.SequenceEqual(events.Select(Text)), $"{when}, {id}: there is a hole after {from - 1}");
                found[id] = from - 1 + events.Count;
                Assert.True(found[id] >= last, $"{when}, {id}: {last} was acknowledged, {found[id]} is the last");
            }

            foreach (var id in Ledgers)
            {
                var last = new LedgerCheck(id, when).Run(reader, done => said.GetValueOrDefault($"{done} {id}"));
                if (said.TryGetValue($"recovered {id}", out var came))
                {
                    Assert.True(came == found.GetValueOrDefault(id), $"{when}, {id}: came back with {came} of {found.GetValueOrDefault(id)} events");
                    recovered++;
                }

                found[id] = last;
            }
        }

        using var whole = JournalReader.Open(Place);
        Assert.True(found.Count > Ledgers.Length && recovered > times / 2, $"{found.Count} histories, {recovered} recoveries");
        Assert.All(whole.Histories().Where(history => !Ledgers.Contains(history.PersistenceId)), history => Assert.Equal(
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

    /// <summary>Kills the writer some lines after its start and then at any moment, and gives the highest number in its lines of each
    /// kind.</summary>
    private async Task<SortedDictionary<string, long>> WriteUntilKilledAsync(Random random)
    {
        using var writer = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "journal-writer.dll"), Place])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },        // whose pipes a killed process leaves in /tmp
        })!;
        var errors = writer.StandardError.ReadToEndAsync();
        var said = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var early = random.Next(8) == 0;
        for (var n = early ? 0 : random.Next(MostLines); n > 0; n--)
        {
            if (await writer.StandardOutput.ReadLineAsync().WaitAsync(Patience) is not { } line)
                Assert.Fail($"the writer ended by itself: {await errors}");
            else
                Note(line);
        }

        // No line marks the moment: it falls anywhere within the start and the opening, or within what follows a line.
        Thread.SpinWait(early ? random.Next(10_000_000) : 1 << random.Next(22));
        writer.Kill();
        while (await writer.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line) Note(line);
        await writer.WaitForExitAsync().WaitAsync(Patience);
        return said;

        void Note(string line)
        {
            Assert.False(line.StartsWith("broken", StringComparison.Ordinal), line);
            if (line.Split(' ') is not [var done, var id, .. var numbers]) return;
            var at = long.Parse(numbers[0], CultureInfo.InvariantCulture);
            said[$"{done} {id}"] = Math.Max(at, said.GetValueOrDefault($"{done} {id}"));
            if (numbers is [_, var total]) Assert.Equal(at * (at + 1) / 2, long.Parse(total, CultureInfo.InvariantCulture));
        }
    }

    private static string Expected(long number) => string.Create(CultureInfo.InvariantCulture, $"{number} {{\"number\":{number}}}");

    private static string Text(JournalRecord record) => string.Create(CultureInfo.InvariantCulture, $"{record.SequenceNr} {record.Json}");
}
