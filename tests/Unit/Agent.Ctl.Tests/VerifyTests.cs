using System.Diagnostics;
using System.Text.Json;
using Agent.Datastore.Sqlite;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Resources;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Tests;

/// <summary><c>state verify</c> and <c>state export</c> over real files: sound ones, and ones damaged in each way that is looked for.</summary>
public sealed class VerifyTests : IAsyncLifetime
{
    private static readonly IpPrefix Cidr = IpPrefix.Parse("10.48.0.0/26");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("verify-");
    private readonly Terminal _terminal = new();

    private string JournalFile => Path.Combine(_directory.FullName, "journal.db");

    private string ClusterFile => Path.Combine(_directory.FullName, "cluster.db");

    /// <summary>A node that owns one block and has given out three of its addresses, as its agent leaves it behind.</summary>
    public async Task InitializeAsync()
    {
        _terminal.Variables["AGENT_JOURNAL"] = JournalFile;
        _terminal.Variables["AGENT_DATASTORE"] = ClusterFile;
        var blocks = new NodeBlocks("node1");
        var serializer = new JsonEventSerializer(IpamJson.Options)
            .Add<BlockEvent.Claimed>("block-claimed").Add<BlockEvent.Assigned>("address-assigned");
        List<object> events = [new BlockEvent.Claimed(Cidr, "default", "claim-1", 1, _terminal.Clock.Now)];
        for (var i = 0; i < 3; i++)
            events.Add(new BlockEvent.Assigned(Cidr, Cidr.Address.Add((UInt128)i), $"handle-{i}", OwnerAttributes.Empty));
        foreach (var happened in events) blocks.Apply((BlockEvent)happened);
        using (var journal = NodeJournal.Open(new NodeJournalSettings(JournalFile, serializer)
        {
            CreateAs = new JournalIdentity("j-1", "m-1", 1),
            Time = _terminal.Clock,
        }))
        {
            await journal.Persistence.Journal.WriteAsync([new AtomicWrite("ipam-node1", 1, events)]);
        }

        await using var datastore = await SqliteDatastore.OpenAsync(ClusterFile, new SqliteDatastoreOptions { CreateIfMissing = true });
        await datastore.CreateAsync(Row(Kinds.BlockAffinity, "node1-10-48-0-0-26", JsonSerializer.SerializeToElement(
            new { cidr = Cidr.ToString(), node = "node1", state = "confirmed", type = "host" })) with
        {
            Annotations = Resource.EmptyMap.SetItem("agent/journal-id", "j-1"),
        });
        await datastore.CreateAsync(Row(Kinds.IPAMBlock, "10-48-0-0-26", IpamJson.WriteBlock(blocks.Publish(blocks.Blocks[0]))));
        await datastore.CreateAsync(Row(Kinds.Secret, "password", JsonSerializer.SerializeToElement(new { })) with { Key = new ResourceKey(Kinds.Secret, "password", "kube-system") });
    }

    public Task DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Sound_files_give_nothing_to_complain_about() =>
        Assert.Equal(Outcome.Ok("Nothing to complain about.\n"), await _terminal.RunAsync("state verify"));

    [Theory]
    [InlineData("DELETE FROM journal WHERE sequence_number = 3", "events 3 to 3 are missing")]
    [InlineData("DELETE FROM journal WHERE sequence_number = 1", "events 1 to 1 are missing")]
    [InlineData("UPDATE journal SET manifest = 'address-lent' WHERE sequence_number = 4",
        "event 4 (address-lent) has a manifest that this program does not know")]
    [InlineData("UPDATE journal SET message = CAST('{\"address\":' AS BLOB) WHERE sequence_number = 2",
        "event 2 (address-assigned) cannot be read")]
    [InlineData("DELETE FROM journal WHERE sequence_number = 4", "published at sequence 4, the journal knows 3: the journal is an older copy")]
    [InlineData("UPDATE identity SET journal_id = 'j-2'", "its BlockAffinity names the journal j-1, not j-2")]
    [InlineData("INSERT INTO snapshot SELECT persistence_id, 9, created, CAST('{}' AS BLOB), 'blocks', 0 FROM journal LIMIT 1",
        "the snapshot 9 (blocks) cannot be read")]
    public async Task A_journal_that_cannot_be_relied_on_is_complained_about(string sql, string complaint)
    {
        await SqlAsync(JournalFile, sql);

        await ComplainsAsync("state verify", complaint);
    }

    [Theory]
    [InlineData("DELETE FROM resource WHERE kind = 'BlockAffinity'", "there is no BlockAffinity for it: its pods are announced one by one")]
    [InlineData("DELETE FROM resource WHERE kind = 'IPAMBlock'", "confirmed, and there is no IPAMBlock 10.48.0.0/26")]
    [InlineData("UPDATE resource SET spec = json_set(spec, '$.unallocated[0]', 1) WHERE kind = 'IPAMBlock'",
        "ordinal 1 is allocated but appears in Unallocated")]
    [InlineData("UPDATE resource SET labels = 'x' WHERE kind = 'IPAMBlock'", "the row of IPAMBlock(10-48-0-0-26) cannot be read")]
    [InlineData("UPDATE resource SET revision = 99 WHERE kind = 'Secret'", "resources are newer than the file's last change")]
    public async Task A_datastore_that_does_not_fit_together_is_complained_about(string sql, string complaint)
    {
        await SqlAsync(ClusterFile, sql);

        await ComplainsAsync("state verify", complaint);
    }

    [Theory]
    [InlineData("journal.db")]
    [InlineData("cluster.db")]
    public async Task A_truncated_file_is_damaged(string name)
    {
        var path = Path.Combine(_directory.FullName, name);
        await SqlAsync(path, "PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var file = File.OpenWrite(path)) file.SetLength(file.Length / 2);

        await ComplainsAsync("state verify", "damaged");
    }

    [Fact]
    public async Task A_flipped_byte_is_found()
    {
        await SqlAsync(JournalFile, "PRAGMA wal_checkpoint(TRUNCATE)");
        var bytes = await File.ReadAllBytesAsync(JournalFile);
        var at = bytes.AsSpan().LastIndexOf("\"handle\":\"handle-2\""u8);
        Assert.True(at > 0);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(JournalFile, bytes);

        await ComplainsAsync("state verify", "event 4 (address-assigned) cannot be read");
    }

    [Fact]
    public async Task Missing_files_are_named_and_a_part_can_be_left_out()
    {
        File.Delete(ClusterFile);

        await ComplainsAsync("state verify", $"no cluster datastore at {ClusterFile}");
        Assert.Equal(0, (await _terminal.RunAsync("state verify --only journal")).ExitCode);
    }

    [Fact]
    public async Task The_export_has_each_record_in_a_line_and_no_secret()
    {
        var outcome = await _terminal.RunAsync("state export");

        var lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            ["journal", "event", "event", "event", "event", "resource", "resource", "resource"],
            lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Equal("10.48.0.0", lines[2].GetProperty("content").GetProperty("address").GetString());
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
    }

    [Fact]
    public async Task A_backup_is_sound_closed_to_others_and_never_replaced()
    {
        var folder = Path.Combine(_directory.FullName, "backup");
        using var running = NodeJournal.Open(new NodeJournalSettings(JournalFile, new JsonEventSerializer(JsonSerializerOptions.Web)));

        Assert.Equal(
            Outcome.Ok($"{folder}/journal.db\n{folder}/cluster.db\n"), await _terminal.RunAsync(["state", "export", "--backup", folder]));

        Assert.Equal(
            Outcome.Ok("Nothing to complain about.\n"),
            await _terminal.RunAsync(["state", "verify", "--journal", $"{folder}/journal.db", "--datastore", $"{folder}/cluster.db"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{folder}/cluster.db"));
        Assert.Equal(
            Outcome.Failed($"{folder}/journal.db is there already; name an empty folder\n"),
            await _terminal.RunAsync(["state", "export", "--backup", folder]));
    }

    private async Task ComplainsAsync(string line, string complaint)
    {
        var outcome = await _terminal.RunAsync(line + " -o json");

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Errors));
        var complaints = JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray().ToArray();
        Assert.Contains(complaints, each => each.GetProperty("problem").GetString()!.Contains(complaint, StringComparison.Ordinal));
        Assert.All(complaints, each => Assert.NotEqual("", each.GetProperty("remedy").GetString()));
    }

    private static Resource Row(ResourceKind kind, string name, JsonElement spec) =>
        new() { Key = new ResourceKey(kind, name), Spec = spec };

    private static async Task SqlAsync(string path, string sql)
    {
        using var sqlite = Process.Start(new ProcessStartInfo("sqlite3", [path, sql]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = await sqlite.StandardError.ReadToEndAsync();
        await sqlite.WaitForExitAsync();
        Assert.True(sqlite.ExitCode == 0, errors);
    }
}
