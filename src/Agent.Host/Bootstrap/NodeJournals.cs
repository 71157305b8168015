using System.Text.Json;
using Agent.Actors.Ipam;
using Agent.Actors.Resources;
using Agent.Host.Settings;
using Agent.Ipam;
using Agent.PostgreSql;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;

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

    /// <summary>Opens the journal, creating it on the node's first start.</summary>
    public static NodeJournal Open(AgentSettings settings)
    {
        var isFile = !PostgresAddress.IsUrl(settings.Journal);
        if (isFile && Path.GetDirectoryName(settings.Journal) is { Length: > 0 } folder)
            AgentProcess.CreateFolder(folder);
        var place = isFile
            ? settings.Journal
            : PostgresAddress.WithSchema(settings.Journal, $"journal_{settings.NodeName}");
        var machine = File.Exists(MachineIdFile) ? File.ReadAllText(MachineIdFile).Trim() : Environment.MachineName;
        return NodeJournal.Open(new NodeJournalSettings(place, Serializer(IpamJson.Options))
        {
            CreateAs = new JournalIdentity(Guid.NewGuid().ToString("N"), machine, 1),
        });
    }
}
