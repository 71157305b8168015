using System.Diagnostics;
using Agent.Datastore.Contract;
using Agent.Datastore.PostgreSql;
using Agent.Journal.Contract;
using Agent.PostgreSql.Tests.Support;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.PostgreSql.Tests;

/// <summary>agentctl as users run it, on addresses instead of files.</summary>
[Collection(OnPostgres.Name)]
public sealed class AgentctlTests(PostgresServer server)
{
    [Fact]
    public async Task It_shows_a_pool_that_stands_in_PostgreSQL()
    {
        var url = server.Url(PostgresServer.NewSchema());
        await using (var datastore = await PostgresDatastore.OpenAsync(url, new PostgresDatastoreOptions { CreateIfMissing = true }))
            await datastore.CreateAsync(Samples.APool("blue")).WrittenAsync();

        Assert.Equal((0, "ippool/blue\n"), await RunAsync("get", "ippools", "-o", "name", "--datastore", url));
    }

    [Fact]
    public async Task It_shows_the_histories_of_a_journal_in_PostgreSQL()
    {
        var url = server.Url(PostgresServer.NewSchema());
        var settings = new NodeJournalSettings(url, new JsonEventSerializer().Add<Deposited>("deposited"))
        {
            CreateAs = new JournalIdentity("j-1", "m-1", 1),
        };
        using var journal = NodeJournal.Open(settings);
        await journal.Persistence.Journal.WriteAsync([new AtomicWrite("block-owner", 1, [new Deposited(5)])]);

        var (exitCode, output) = await RunAsync("state", "events", "block-owner", "--journal", url);

        Assert.Equal(0, exitCode);
        Assert.Contains("""{"amount":5}""", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_is_wrong_with_an_address_and_does_not_show_the_password()
    {
        var (exitCode, output) = await RunAsync("get", "ippools", "--datastore", server.UrlOf("none"));

        Assert.Equal(1, exitCode);
        Assert.Contains("has no such database", output, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "agentctl.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output + await errors);
    }
}
