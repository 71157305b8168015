using System.Text.Json;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Host.Settings;
using Agent.Ipam;
using Agent.PostgreSql;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using Microsoft.Extensions.Logging;

namespace Agent.Host.Bootstrap;

/// <summary>Opens the node's journal with the manifests of everything that stands in it.</summary>
internal static class NodeJournals
{
    private const string MachineIdFile = "/etc/machine-id";

    /// <summary>How events and snapshots are written; a manifest is never given to another type.</summary>
    public static JsonEventSerializer Serializer(JsonSerializerOptions json) => new JsonEventSerializer(json)
        .Add<BlockEvent.Claimed>("block-claimed")
        .Add<BlockEvent.Restored>("block-restored")
        .Add<BlockEvent.Sealed>("block-sealed")
        .Add<BlockEvent.Reopened>("block-reopened")
        .Add<BlockEvent.Unclaimed>("block-unclaimed")
        .Add<BlockEvent.Assigned>("address-assigned")
        .Add<BlockEvent.Released>("address-released")
        .Add<BlocksSnapshot>("blocks")
        .Add<LastGood>("resources");

    /// <summary>Opens the journal, creating it on the node's first start, and records this start in it: the next
    /// incarnation, on this machine.</summary>
    public static Task<NodeJournal> OpenAsync(AgentSettings settings, ILogger log) => OpenAsync(
        settings, File.Exists(MachineIdFile) ? File.ReadAllText(MachineIdFile).Trim() : Environment.MachineName, log);

    /// <summary>The same on a machine with this id.</summary>
    internal static async Task<NodeJournal> OpenAsync(AgentSettings settings, string machine, ILogger log)
    {
        var isFile = !PostgresAddress.IsUrl(settings.Journal);
        if (isFile && Path.GetDirectoryName(settings.Journal) is { Length: > 0 } folder)
            AgentProcess.CreateFolder(folder);
        var place = isFile
            ? settings.Journal
            : PostgresAddress.WithSchema(settings.Journal, $"journal_{settings.NodeName}");
        var journal = NodeJournal.Open(new NodeJournalSettings(place, Serializer(JournalJson.Options))
        {
            CreateAs = new JournalIdentity(Guid.NewGuid().ToString("N"), machine, 1),
        });
        try
        {
            await RecordStartAsync(journal, machine, log);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private static async Task RecordStartAsync(NodeJournal journal, string machine, ILogger log)
    {
        var before = journal.Identity;
        if (journal.Created)
        {
            log.LogInformation("created the journal {Path} ({Journal})", journal.Path, before.JournalId);
            return;
        }

        if (before.MachineId != machine)
        {
            log.LogError(
                "the journal {Path} was last used on the machine {Before}, and this is the machine {Machine}. If it is "
                + "a copy, or another node's: stop this agent at once and move the journal aside, for two agents with "
                + "one journal give out the same addresses. If the disk was moved, or this machine got another "
                + "/etc/machine-id, there is nothing to do",
                journal.Path, before.MachineId, machine);
        }

        await journal.RecordIdentityAsync(before with { MachineId = machine, Incarnation = before.Incarnation + 1 });
        log.LogInformation("opened the journal {Path} ({Journal}, incarnation {Incarnation})",
            journal.Path, journal.Identity.JournalId, journal.Identity.Incarnation);
    }
}
