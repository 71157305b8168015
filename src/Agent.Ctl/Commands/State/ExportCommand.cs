using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Datastore;
using Agent.Datastore.Sqlite;
using Agent.Resources;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Commands.State;

/// <summary><c>state export</c>: all persisted state to read, as JSON lines; or to restore, as copies of the
/// files.</summary>
internal static class ExportCommand
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Option<string?> Only = StateSources.OnlyFlag();

    private static readonly Option<string?> Backup = new("--backup")
    {
        Description = "Instead of printing, writes copies of journal.db and cluster.db into this folder, fit to be restored.",
        HelpName = "folder",
    };

    internal static Command Build(Surroundings surroundings, Option<string?> journal)
    {
        var command = new Command(
            "export",
            """
            Prints all persisted state, one JSON object a line, beside a running agent or without one: the journal's identity, events and
            snapshots, and the resources (Secrets without their content). To be read and compared; it cannot be restored.

            With --backup it writes copies of the files instead, each of one consistent moment, mode 0600, Secrets included. For PostgreSQL use
            pg_dump.

            Examples:
              agentctl state export > state.jsonl
              agentctl state export --backup /backup/today
            """)
        { Only, Backup };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, surroundings, journal, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, Surroundings surroundings, Option<string?> journal, CancellationToken cancellation)
    {
        var (settings, only) = (Settings.Read(parsed, surroundings), parsed.GetValue(Only));
        var journalPath = parsed.GetValue(journal) ?? settings.JournalPath;
        if (parsed.GetValue(Backup) is { } folder)
        {
            MakeFolder(folder);
            if (only is not StateSources.Cluster) BackUpJournal(journalPath, folder, surroundings.Output);
            if (only is not StateSources.Journal) BackUpCluster(settings.DatastorePath, folder, surroundings.Output);
            return 0;
        }

        if (only is not StateSources.Cluster) ExportJournal(journalPath, surroundings.Output);
        if (only is not StateSources.Journal)
        {
            var (resources, damage) = await StateSources.ReadClusterAsync(
                settings.DatastorePath, surroundings, cancellation);
            foreach (var line in damage) surroundings.Error.WriteLine($"{settings.DatastorePath}: {line}");
            foreach (var resource in resources) ExportResource(resource, surroundings.Output);
            if (damage.Count > 0) return 1;
        }

        return 0;
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                $"the folder {folder} cannot be made: {error.Message.TrimEnd('.')}; name another with --backup");
        }
    }

    private static void BackUpJournal(string path, string folder, TextWriter output)
    {
        using var reader = JournalReader.Open(path);
        Copy(Path.Combine(folder, "journal.db"), reader.BackUp, output);
    }

    private static void BackUpCluster(string path, string folder, TextWriter output)
    {
        if (StateSources.IsServer(path))
            throw new CommandFailedException(
                $"the cluster datastore {StateSources.Name(path)} is no file; back up its schema with pg_dump");
        using var reader = ClusterFileReader.Open(path);
        Copy(Path.Combine(folder, "cluster.db"), reader.BackUp, output);
    }

    /// <summary>The copy gets its mode before its content, and never replaces another.</summary>
    private static void Copy(string path, Action<string> backUp, TextWriter output)
    {
        if (File.Exists(path))
            throw new CommandFailedException($"{path} is there already; name an empty folder");
        try
        {
            using (new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                // An empty file is one that SQLite may write into.
            }

            backUp(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JournalException
            or DatastoreUnavailableException)
        {
            File.Delete(path);                              // half a copy is none
            throw new CommandFailedException(
                $"the copy {path} was not made: {error.Message.TrimEnd('.')}; see that its folder can be written and has room");
        }

        output.WriteLine(path);
    }

    private static void ExportJournal(string path, TextWriter output)
    {
        using var journal = JournalReader.Open(path);
        var identity = journal.Identity;
        Line(output, new JsonObject
        {
            ["type"] = "journal",
            ["journalId"] = identity.JournalId,
            ["machineId"] = identity.MachineId,
            ["incarnation"] = identity.Incarnation,
        });
        foreach (var history in journal.Histories())
        {
            foreach (var snapshot in journal.Snapshots(history.PersistenceId))
                Line(output, Of("snapshot", history.PersistenceId, snapshot));
            foreach (var record in journal.Events(history.PersistenceId))
                Line(output, Of("event", history.PersistenceId, record));
        }
    }

    private static JsonObject Of(string type, string id, JournalRecord record) => new()
    {
        ["type"] = type,
        ["persistenceId"] = id,
        ["sequenceNr"] = record.SequenceNr,
        ["created"] = record.Created,
        ["manifest"] = record.Manifest,
        ["content"] = Parse(record.Json),
    };

    /// <summary>Content that is no JSON is exported all the same, as text: it is what there is.</summary>
    private static JsonNode? Parse(string json)
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

    private static void ExportResource(Resource resource, TextWriter output)
    {
        var shown = resource.Kind == Kinds.Secret ? KubeSecret.Redact(resource) : resource;
        var line = ManifestWriter.ToJson(shown);
        line.Insert(0, "type", "resource");
        Line(output, line);
    }

    private static void Line(TextWriter output, JsonObject line) => output.WriteLine(line.ToJsonString(Plain));
}
