using System.Diagnostics;
using System.Text.Json;
using Agent.Datastore.Contract;
using Agent.Datastore.PostgreSql;
using Agent.Ipam;
using Agent.Journal.Contract;
using Agent.PostgreSql.Tests.Support;
using Agent.Primitives;
using Agent.Resources;
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
        var settings = new NodeJournalSettings(url, new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited"))
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
    public async Task It_verifies_and_exports_what_stands_in_PostgreSQL()
    {
        var cidr = IpPrefix.Parse("10.48.0.0/26");
        var (journalSchema, clusterSchema) = (PostgresServer.NewSchema(), PostgresServer.NewSchema());
        string[] places = ["--journal", server.Url(journalSchema), "--datastore", server.Url(clusterSchema)];
        BlockEvent[] events =
        [
            new BlockEvent.Claimed(cidr, "default", "claim-1", 1, DateTimeOffset.UnixEpoch),
            new BlockEvent.Assigned(cidr, cidr.Address, "handle-0", OwnerAttributes.Empty),
            new BlockEvent.Assigned(cidr, cidr.Address.Add(1), "handle-1", OwnerAttributes.Empty),
        ];
        var blocks = new NodeBlocks("node1");
        foreach (var happened in events) blocks.Apply(happened);
        var serializer = new JsonEventSerializer(IpamJson.Options)
            .Add<BlockEvent.Claimed>("block-claimed").Add<BlockEvent.Assigned>("address-assigned");
        using (var journal = NodeJournal.Open(new NodeJournalSettings(server.Url(journalSchema), serializer)
        {
            CreateAs = new JournalIdentity("j-1", "m-1", 1),
        }))
        {
            await journal.Persistence.Journal.WriteAsync([new AtomicWrite("ipam-node1", 1, events)]);
        }

        await using (var datastore = await PostgresDatastore.OpenAsync(
            server.Url(clusterSchema), new PostgresDatastoreOptions { CreateIfMissing = true }))
        {
            await datastore.CreateAsync(new Resource
            {
                Key = new ResourceKey(Kinds.BlockAffinity, "node1-10-48-0-0-26"),
                Annotations = Resource.EmptyMap.SetItem("agent/journal-id", "j-1"),
                Spec = JsonSerializer.SerializeToElement(
                    new { cidr = cidr.ToString(), node = "node1", state = "confirmed", type = "host" }),
            }).WrittenAsync();
            await datastore.CreateAsync(new Resource
            {
                Key = new ResourceKey(Kinds.IPAMBlock, "10-48-0-0-26"),
                Spec = IpamJson.WriteBlock(blocks.Publish(blocks.Blocks[0])),
            }).WrittenAsync();
        }

        Assert.Equal((0, "Nothing to complain about.\n"), await RunAsync(["state", "verify", .. places]));

        var (exitCode, exported) = await RunAsync(["state", "export", .. places]);
        Assert.Equal(0, exitCode);
        Assert.Equal(
            ["journal", "event", "event", "event", "resource", "resource"],
            exported.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()));
        Assert.DoesNotContain(PostgresServer.Password, exported, StringComparison.Ordinal);

        var folder = Directory.CreateTempSubdirectory("backup-");
        var backup = await RunAsync(["state", "export", "--backup", folder.FullName, .. places]);
        Assert.Equal(1, backup.ExitCode);
        Assert.Contains("pg_dump", backup.Output, StringComparison.Ordinal);
        Assert.Empty(folder.GetFileSystemInfos());
        folder.Delete();

        await server.SqlAsync(journalSchema, "DELETE FROM journal WHERE sequence_number = 2");
        var (found, complaints) = await RunAsync(["state", "verify", .. places]);
        Assert.Equal(1, found);
        Assert.Contains("events 2 to 2 are missing", complaints, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, complaints, StringComparison.Ordinal);
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
