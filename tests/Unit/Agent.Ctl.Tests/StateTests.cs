using System.Text.Json;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using Agent.Tests.Support;

namespace Agent.Ctl.Tests;

/// <summary>The node's journal as agentctl shows it while the agent has it open.</summary>
public sealed class StateTests : IDisposable
{
    private readonly Terminal _terminal = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ctl-");
    private readonly NodeJournal _journal;

    public StateTests()
    {
        var settings = new NodeJournalSettings(FilePath, new JsonEventSerializer(JsonSerializerOptions.Web).Add<Assigned>("assigned"))
        {
            CreateAs = new JournalIdentity("j-1", "m-1", 1),
            Time = _terminal.Clock,
        };
        _journal = NodeJournal.Open(settings);
        _terminal.Variables["AGENT_JOURNAL"] = FilePath;
    }

    public sealed record Assigned(string Address);

    private string FilePath => Path.Combine(_directory.FullName, "journal.db");

    [Fact]
    public async Task Histories_and_their_events_are_listed()
    {
        await _journal.Persistence.Journal.WriteAsync([new AtomicWrite("block-owner", 1, [new Assigned("10.48.0.1"), new Assigned("10.48.0.2")])]);

        Assert.Equal(
            Outcome.Ok("""
                This is journal j-1 on machine m-1, incarnation 1.
                ID            EVENTS   LAST   SNAPSHOT AT
                block-owner   2        2      -

                """),
            await _terminal.RunAsync("state list"));
        Assert.Equal(
            Outcome.Ok("""
                EVENT   TIME                       TYPE       CONTENT
                2       2022-02-10T12:00:00.000Z   assigned   {"address":"10.48.0.2"}

                """),
            await _terminal.RunAsync("state events block-owner --from 2"));
        Assert.Equal(
            Outcome.Ok("block-owner has no snapshot; 'agentctl state events block-owner' shows all that it is made of.\n"),
            await _terminal.RunAsync("state show block-owner"));
    }

    [Fact]
    public async Task The_latest_snapshot_is_shown()
    {
        await _journal.Persistence.Snapshots.SaveAsync(
            new Runtime.Persistence.SnapshotMetadata("block-owner", 7, _terminal.Clock.Now.UtcDateTime), new Assigned("10.48.0.9"));

        Assert.Equal(
            Outcome.Ok("Snapshot after event 7, assigned, 2022-02-10T12:00:00.000Z:\n{\"address\":\"10.48.0.9\"}\n"),
            await _terminal.RunAsync("state show block-owner"));
    }

    [Fact]
    public async Task Each_is_also_a_document()
    {
        await _journal.Persistence.Journal.WriteAsync([new AtomicWrite("block-owner", 1, [new Assigned("10.48.0.1")])]);

        Assert.Equal(
            """{"journal":"j-1","machine":"m-1","incarnation":1,"histories":[{"id":"block-owner","events":1,"last":1,"snapshotAt":null}]}""",
            await JsonAsync("state list"));
        Assert.Equal(
            """[{"event":1,"time":"2022-02-10T12:00:00.000Z","type":"assigned","content":{"address":"10.48.0.1"}}]""",
            await JsonAsync("state events block-owner"));
        Assert.Equal("null", await JsonAsync("state show block-owner"));

        await _journal.Persistence.Snapshots.SaveAsync(
            new Runtime.Persistence.SnapshotMetadata("block-owner", 7, _terminal.Clock.Now.UtcDateTime), new Assigned("10.48.0.9"));

        Assert.Equal(
            """{"event":7,"time":"2022-02-10T12:00:00.000Z","type":"assigned","content":{"address":"10.48.0.9"}}""",
            await JsonAsync("state show block-owner"));
        Assert.Equal(
            Outcome.Ok("- event: 1\n  time: \"2022-02-10T12:00:00.000Z\"\n  type: assigned\n  content:\n    address: 10.48.0.1\n"),
            await _terminal.RunAsync("state events block-owner -o yaml"));
        Assert.Equal(
            Outcome.Failed("unrecognized output format 'xml': use json or yaml\n"),
            await _terminal.RunAsync("state list -o xml"));
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        Assert.Equal(
            Outcome.Failed("the journal has no history of 'nobody'; 'agentctl state list' names those that there are\n"),
            await _terminal.RunAsync("state show nobody"));

        var missing = await _terminal.RunAsync("state list --journal /nowhere.db");
        Assert.Equal((1, ""), (missing.ExitCode, missing.Output));
        Assert.Contains("/nowhere.db", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_a_copy_that_is_there_and_a_full_output_are_lines_and_no_stack_traces()
    {
        var file = Path.Combine(_directory.FullName, "a-file");
        await File.WriteAllTextAsync(file, "");
        var taken = await _terminal.RunAsync($"state export --only journal --backup {file}");
        Assert.Equal((1, ""), (taken.ExitCode, taken.Output));
        Assert.StartsWith($"the folder {file} cannot be made: ", taken.Errors, StringComparison.Ordinal);
        Assert.EndsWith("; name another with --backup\n", taken.Errors, StringComparison.Ordinal);

        var folder = Path.Combine(_directory.FullName, "copies");
        Assert.Equal(0, (await _terminal.RunAsync($"state export --only journal --backup {folder}")).ExitCode);
        Assert.Equal(
            Outcome.Failed($"{folder}/journal.db is there already; name an empty folder\n"),
            await _terminal.RunAsync($"state export --only journal --backup {folder}"));

        _terminal.Output = new FullWriter();
        Assert.Equal(
            Outcome.Failed("standard output, or a file that was named, cannot be used: No space left on device; what was printed is not all\n"),
            await _terminal.RunAsync("state export --only journal"));
    }

    [Fact]
    public async Task Half_a_copy_is_not_left_behind()
    {
        using var disk = new SmallDisk();
        await _journal.Persistence.Journal.WriteAsync([new AtomicWrite("block-owner", 1, [new Assigned(new string('x', 1_000_000))])]);

        var outcome = await _terminal.RunAsync($"state export --only journal --backup {disk.Path}/copies");

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"the copy {disk.Path}/copies/journal.db was not made: ", outcome.Errors, StringComparison.Ordinal);
        Assert.EndsWith("; see that its folder can be written and has room\n", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles($"{disk.Path}/copies"));
    }

    [Fact]
    public async Task A_directory_in_the_journals_place_is_called_one() => Assert.Equal(
        Outcome.Failed($"The journal {_directory.FullName} is a directory. Name a file in it.\n"),
        await _terminal.RunAsync($"state list --journal {_directory.FullName}"));

    [Theory]
    [InlineData("state events block-owner --max 0", "--max 0 is not allowed: use 1 or more", "state events")]
    [InlineData("state events block-owner --from -5", "--from -5 is not allowed: use 1 or more", "state events")]
    [InlineData("log peek -n -1", "--last -1 is not allowed: use 0 or more", "log peek")]
    public async Task A_number_out_of_range_is_refused(string line, string error, string command) => Assert.Equal(
        Outcome.Failed($"{error}\nRun 'agentctl {command} --help' for usage.\n"), await _terminal.RunAsync(line));

    [Fact]
    public async Task The_ids_of_histories_complete()
    {
        await _journal.Persistence.Journal.WriteAsync([new AtomicWrite("block-owner", 1, [new Assigned("10.48.0.1")])]);

        Assert.Equal(Outcome.Ok("block-owner\n"), await _terminal.RunAsync(["[suggest:15]", "state events bl"]));
        Assert.Equal(
            Outcome.Ok("\n"), await _terminal.RunAsync(["[suggest:34]", "state events --journal /nowhere bl"]));
    }

    private sealed class FullWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }

    private async Task<string> JsonAsync(string line)
    {
        var outcome = await _terminal.RunAsync(line + " -o json");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        return JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(outcome.Output));
    }

    public void Dispose()
    {
        _journal.Dispose();
        _directory.Delete(recursive: true);
    }
}
