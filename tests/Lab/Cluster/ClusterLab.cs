using System.Globalization;
using System.Text.Json;
using Agent.Datastore;
using Agent.Datastore.PostgreSql;
using Agent.Datastore.Sqlite;
using Agent.Lab.Tests.Support;
using Agent.PostgreSql;
using Agent.Resources;

namespace Agent.Lab.Tests.Cluster;

/// <summary>Agents of one cluster with certificates, each a process on a machine of its own: node1, node2, ... at 10.0.0.11, 12, ...</summary>
internal sealed class ClusterLab : IAsyncDisposable
{
    private readonly string _datastore;
    private IDatastore? _opened;

    private ClusterLab(LabNetwork network, string? datastore)
    {
        Network = network;
        _datastore = datastore ?? network.FileOf("cluster.db");
    }

    public LabNetwork Network { get; }

    public List<AgentUnderTest> Agents { get; } = [];

    /// <remarks>A lease lasts so long that no agent loses one because the machine is busy.</remarks>
    public static async Task<ClusterLab> StartAsync(int nodes, string? datastore = null, int timeToLive = 6)
    {
        var machines = Enumerable.Range(1, nodes)
            .Select(number => (string.Create(CultureInfo.InvariantCulture, $"node{number}"), $"10.0.0.{10 + number}")).ToArray();
        var lab = new ClusterLab(await LabNetwork.CreateAsync(machines), datastore);
        foreach (var (machine, address) in machines)
        {
            var agent = new AgentUnderTest(lab.Network, machine, address);
            agent.Environment["AGENT_DATASTORE"] = lab._datastore;
            agent.Environment["AGENT_LEASE_TTL"] = timeToLive.ToString(CultureInfo.InvariantCulture);
            agent.Environment["AGENT_CERTIFICATES"] = lab.Network.FileOf($"certificates/{machine}");
            if (lab.Agents.Count == 0) await lab.CertifyAsync(agent, "init");
            await lab.CertifyAsync(agent, "node", machine);
            lab.Agents.Add(agent);
        }

        await Task.WhenAll(lab.Agents.Select(agent => agent.StartAsync()));
        lab._opened = PostgresAddress.IsUrl(lab._datastore)
            ? await PostgresDatastore.OpenAsync(lab._datastore, new PostgresDatastoreOptions())
            : await SqliteDatastore.OpenAsync(lab._datastore, new SqliteDatastoreOptions());
        await lab.MembersAsync([.. machines.Select(machine => machine.Item1)]);
        return lab;
    }

    public async Task CertifyAsync(AgentUnderTest agent, params string[] words)
    {
        var ended = await agent.CtlAsync("", ["cluster", "certs", .. words, "--dir", Network.FileOf("certificates")]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
    }

    /// <summary>Waits until these, and only these, hold membership leases; gives the leases' holders.</summary>
    public Task<string[]> MembersAsync(params string[] nodes) => Eventually.BecomesAsync(
        $"{string.Join(", ", nodes)} are the members", HoldersAsync,
        holders => holders.Select(NodeOf).SequenceEqual(nodes));

    /// <summary>Waits until the pool's shard has such an owner; gives it and the epoch.</summary>
    public Task<(string Node, long Epoch)> OwnerAsync(string what, Func<(string Node, long Epoch), bool> satisfies) =>
        Eventually.BecomesAsync($"the pool's shard is {what}", ReadOwnerAsync, satisfies);

    public AgentUnderTest AgentOf(string node) => Agents.Single(agent => agent.Environment["NODENAME"] == node);

    /// <summary>Stops an agent's process at a moment when it does not have the cluster's file locked: nobody else could write to it.</summary>
    public Task PauseAsync(AgentUnderTest agent) => Eventually.BecomesAsync(
        "the agent stands still without a lock",
        async () =>
        {
            await SignalAsync(agent, "STOP");
            var written = await LabProcess.RunAsync(null, ["sqlite3", "-cmd", ".timeout 1000", _datastore, "BEGIN IMMEDIATE; ROLLBACK"]);
            if (written.ExitCode != 0) await ContinueAsync(agent);
            return written;
        },
        written => written.ExitCode == 0);

    /// <summary>Has an agent go on that was stopped.</summary>
    public static Task ContinueAsync(AgentUnderTest agent) => SignalAsync(agent, "CONT");

    /// <summary>Wires one new pod on a node, and gives its address.</summary>
    public async Task<string> AddPodAsync(AgentUnderTest agent, string pod)
    {
        await Network.AddNamespaceAsync(pod);
        return await agent.AddPodAsync(pod, "container-of-" + pod);
    }

    public async ValueTask DisposeAsync()
    {
        if (_opened is not null) await _opened.DisposeAsync();
        foreach (var agent in Agents) agent.Process.Dispose();
        Network.Dispose();
    }

    private static Task SignalAsync(AgentUnderTest agent, string signal) =>
        LabProcess.ReadAsync(null, "kill", $"-{signal}", agent.Process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Who holds membership leases now.</summary>
    public async Task<string[]> HoldersAsync() =>
        [.. (await TryAsync(() => _opened!.Leases.ListAsync("member/"), [])).Select(lease => lease.Holder).Where(holder => holder.Contains(';', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Which node the record of the pool's shard names now; empty where it was handed over and not taken yet.</summary>
    public async Task<(string Node, long Epoch)> ReadOwnerAsync()
    {
        var shards = await TryAsync(() => _opened!.ListAsync(Kinds.Shard), new ResourceList([], 0));
        return shards.Items.Select(shard => (NodeOf(Text(shard.Spec, "owner")), shard.Spec.GetProperty("epoch").GetInt64())).SingleOrDefault();
    }

    // A server that restarts is asked again.
    private static async Task<T> TryAsync<T>(Func<Task<T>> read, T otherwise)
    {
        try
        {
            return await read();
        }
        catch (DatastoreUnavailableException)
        {
            return otherwise;
        }
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string NodeOf(string address) =>
        address.Length == 0 ? "" : address.Split('@')[1].Split(':')[0];
}
