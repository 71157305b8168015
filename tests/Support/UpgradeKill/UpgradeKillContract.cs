using System.Diagnostics;
using System.Globalization;

namespace Agent.Tests.Support;

/// <summary>Tables of an older release, upgraded by processes of a later one that are killed (SIGKILL) or come all at once: every step is
/// taken, or none, and nothing that was there is lost.</summary>
/// <remarks>The process is <c>tests/Support/Upgrader</c>. The steps are written in SQL that every database understands; each of them fails
/// if it is taken twice.</remarks>
public abstract class UpgradeKillContract
{
    private const int Rows = 60_000;
    private const int RandomKills = 8;
    private const string Nothing = "SELECT 1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string[] Whole = [Fills(1), Nothing, Fills(2)];

    /// <summary>What is upgraded: <c>journal</c> or <c>cluster</c>.</summary>
    protected abstract string Kind { get; }

    /// <summary>The file or the address.</summary>
    protected abstract string Address { get; }

    /// <summary>A step in which a process stands until it is killed.</summary>
    protected abstract string Halt { get; }

    /// <summary>Whatever it takes that a process does not get past <see cref="Halt"/>.</summary>
    protected virtual Task BeginHaltAsync() => Task.CompletedTask;

    /// <summary>Completes when a process stands in <see cref="Halt"/>.</summary>
    protected abstract Task HaltedAsync();

    /// <summary>Completes when nothing more is done for a process that was killed.</summary>
    protected abstract Task SettleAsync();

    /// <summary>Makes the tables of this release and puts something into them.</summary>
    protected abstract Task FillAsync();

    /// <summary>All that <see cref="FillAsync"/> put there, read by a release with these further steps.</summary>
    protected abstract Task<string> ContentAsync(params string[] later);

    /// <summary>The first column of the first row, read by a release with these further steps.</summary>
    protected abstract Task<string?> SqlAsync(string[] later, string sql);

    [Fact]
    public async Task A_kill_in_the_middle_of_an_upgrade_leaves_the_older_version_whole_and_the_next_start_completes_it()
    {
        await FillAsync();
        var content = await ContentAsync();
        using (var killed = await StartAndHaltAsync()) await KillAsync(killed);

        Assert.Equal(content, await ContentAsync());

        Assert.Equal(content, await ContentAsync(Whole));
        await AssertFilledAsync(Whole, 1, 2);
    }

    [Fact]
    public async Task A_process_that_waits_for_an_upgrade_does_it_when_the_other_is_killed()
    {
        await FillAsync();
        var content = await ContentAsync();
        using var killed = await StartAndHaltAsync();
        using var waiting = Start(Whole);
        Assert.Equal("opening", await waiting.StandardOutput.ReadLineAsync().WaitAsync(Patience));

        await KillAsync(killed);

        await AssertOpenedAsync(waiting);
        Assert.Equal(content, await ContentAsync(Whole));
        await AssertFilledAsync(Whole, 1, 2);
    }

    [Fact]
    public async Task Of_several_processes_that_upgrade_at_once_one_does_and_the_others_find_it_done()
    {
        await FillAsync();
        var content = await ContentAsync();

        Process[] processes = [.. Enumerable.Range(0, 4).Select(_ => Start(Whole))];

        foreach (var process in processes)
        {
            await AssertOpenedAsync(process);
            process.Dispose();
        }

        Assert.Equal(content, await ContentAsync(Whole));
        await AssertFilledAsync(Whole, 1, 2);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Upgrades_that_are_killed_at_any_moment_are_complete_after_the_next_start()
    {
        await FillAsync();
        var content = await ContentAsync();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 1; round <= RandomKills; round++)
        {
            string[] steps = [.. Enumerable.Range(1, round).Select(Fills)];
            using (var killed = Start(steps))
            {
                Assert.Equal("opening", await killed.StandardOutput.ReadLineAsync().WaitAsync(Patience));
                Thread.SpinWait(1 << random.Next(24));
                await KillAsync(killed);
            }

            var now = await ContentAsync(steps);
            Assert.True(content == now, $"seed {seed}, kill {round}: {now}");
            await AssertFilledAsync(steps, round);
        }
    }

    /// <summary>A step that makes a table and writes more into it than a database keeps in memory.</summary>
    private static string Fills(int number) => string.Create(CultureInfo.InvariantCulture,
        $"""
        CREATE TABLE filled_{number} (content TEXT);
        WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {Rows})
        INSERT INTO filled_{number} SELECT 'a row that is long enough for many pages of many of its kind ' || n FROM counted;
        """);

    private async Task AssertFilledAsync(string[] steps, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM filled_{number}");
            Assert.Equal(Rows.ToString(CultureInfo.InvariantCulture), await SqlAsync(steps, sql));
        }
    }

    private Process Start(params string[] steps) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "schema-upgrader.dll"), Kind, Address, .. steps])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },        // whose pipes a killed process leaves in /tmp
        })!;

    /// <summary>A process that stands in the middle of an upgrade.</summary>
    private async Task<Process> StartAndHaltAsync()
    {
        await BeginHaltAsync();
        var process = Start(Fills(1), Halt, Fills(2));
        await HaltedAsync().WaitAsync(Patience);
        return process;
    }

    private async Task KillAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
        await SettleAsync();
    }

    private static async Task AssertOpenedAsync(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        Assert.True(output.EndsWith("opened\n", StringComparison.Ordinal), $"{output}{await errors}");
    }
}
