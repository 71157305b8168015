using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Agent.Datastore;
using Agent.Datastore.Sqlite;
using Agent.Ipc;
using Agent.Lab.Tests.Support;
using Agent.Resources;

namespace Agent.Lab.Tests.Bgp;

/// <summary>node1 (agent, AS 64512) 10.0.0.10 - veth - 10.0.0.1 tor (BIRD 2, AS 65001), each in a network namespace of its own.</summary>
/// <remarks>Disposing it ends the processes by their ids and removes the namespaces and files.</remarks>
internal sealed class PasswordLab : IDisposable
{
    private const string NodeAddress = "10.0.0.10";
    private const string TorAddress = "10.0.0.1";

    private static int _last;

    private readonly string _node;
    private readonly string _tor;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("t-md5-");
    private readonly List<Process> _processes = [];
    private SqliteDatastore? _store;

    private PasswordLab()
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"t-md5-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
        (_node, _tor) = (prefix + "-node", prefix + "-tor");
    }

    /// <summary>A lab with a running BIRD, with these lines in its BGP protocol, and a running agent that has no peer yet.</summary>
    public static async Task<PasswordLab> StartAsync(string bird)
    {
        var lab = new PasswordLab();
        try
        {
            foreach (var machine in new[] { lab._node, lab._tor }) await RunAsync("ip", "netns", "add", machine);
            await RunAsync("ip", "-n", lab._node, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", lab._tor);
            foreach (var (machine, address) in new[] { (lab._node, NodeAddress), (lab._tor, TorAddress) })
            {
                await RunAsync("ip", "-n", machine, "address", "add", address + "/24", "dev", "eth0");
                foreach (var link in new[] { "lo", "eth0" }) await RunAsync("ip", "-n", machine, "link", "set", link, "up");
            }

            lab._store = await SqliteDatastore.OpenAsync(
                lab.FileOf("cluster.db"), new SqliteDatastoreOptions { CreateIfMissing = true, ClusterName = "default" });
            lab.WriteConfiguration(bird);
            lab.Start(lab._tor, "bird", "-f", "-c", lab.FileOf("bird.conf"), "-s", lab.FileOf("bird.ctl"), "-P", lab.FileOf("bird.pid"));
            lab.Start(lab._node, Path.Combine(AppContext.BaseDirectory, "agent"));
            await lab.SaysAsync("serving the local API");
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    private string Socket => FileOf("agent.sock");

    /// <summary>Creates or replaces the resources of a manifest.</summary>
    public async Task ApplyAsync(string manifest)
    {
        var content = ManifestReader.Read(manifest);
        Assert.Empty(content.Errors);
        foreach (var given in content.Resources)
        {
            var wanted = Defaults.Apply(given);
            var stored = await _store!.GetAsync(wanted.Key);
            Assert.IsType<WriteResult.Written>(
                stored is null ? await _store.CreateAsync(wanted) : await _store.UpdateAsync(wanted with { Revision = stored.Revision }));
        }
    }

    /// <summary>Makes tor a peer of the node.</summary>
    public Task ApplyPeerAsync(string settings) => ApplyAsync(string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: projectcalico.org/v3
        kind: BGPPeer
        metadata: {name: tor}
        spec: {peerIP: {{TorAddress}}, asNumber: 65001, {{settings}}}
        """));

    /// <summary>Replaces the cluster's BGP settings.</summary>
    public Task ApplySettingsAsync(string settings) => ApplyAsync(string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: projectcalico.org/v3
        kind: BGPConfiguration
        metadata: {name: default}
        spec: {{{settings}}}
        """));

    /// <summary>Sets one value of a Secret in kube-system.</summary>
    public Task ApplySecretAsync(string name, string key, string value) => ApplyAsync(string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: {{name}}, namespace: kube-system}
        stringData: {{{key}}: {{value}}}
        """));

    /// <summary>Has BIRD read its configuration with other lines in its BGP protocol.</summary>
    public async Task ReconfigureAsync(string bird)
    {
        WriteConfiguration(bird);
        await RunAsync("birdc", "-s", FileOf("bird.ctl"), "configure");
    }

    /// <summary>The row of <c>node status</c> for tor; null while there is none.</summary>
    public async Task<BgpSessionStatus?> SessionAsync() =>
        await IpcClient.AskAsync(Socket, new IpcRequest.NodeStatusRequest(), Eventually.Patience) is IpcReply.NodeStatus status
            ? status.Ipv4.FirstOrDefault(row => row.PeerAddress == TorAddress)
            : null;

    /// <summary>Waits until the session's row satisfies the condition, and gives it.</summary>
    public async Task<BgpSessionStatus> SessionAsync(string what, Func<BgpSessionStatus, bool> satisfies) =>
        (await Eventually.BecomesAsync(what, SessionAsync, row => row is not null && satisfies(row)))!;

    /// <summary>Waits until the session is established.</summary>
    public Task<BgpSessionStatus> EstablishedAsync() => SessionAsync("the session is established", row => row.Text == "Established");

    /// <summary>Waits until the node listens for BGP at exactly these IPv4 addresses with ports, as <c>ss</c> writes them.</summary>
    public Task ListensAsync(string expected) => Eventually.IsAsync(
        expected, async () => string.Join(' ', (await RunAsync("nsenter", $"--net=/run/netns/{_node}", "--", "ss", "-Hltn"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
            .Where(place => !place.StartsWith('[') && !place.EndsWith(":7946", StringComparison.Ordinal))));

    /// <summary>Waits until the agent has logged this.</summary>
    public Task SaysAsync(string text) => Eventually.BecomesAsync(
        $"the agent says: {text}", () => File.Exists(FileOf("agent.log")) ? File.ReadAllText(FileOf("agent.log")) : "",
        log => log.Contains(text, StringComparison.Ordinal));

    /// <summary>All that the agent has logged, and all that is in its journal's files, as text.</summary>
    public async Task<string> TracesAsync()
    {
        var traces = await File.ReadAllTextAsync(FileOf("agent.log"));
        foreach (var file in _folder.GetFiles("journal.db*").Where(file => file.Extension != ".lock")) traces += System.Text.Encoding.Latin1.GetString(await ReadSharedAsync(file.FullName));
        return traces;
    }

    /// <summary>What the agent says of one of its actors.</summary>
    public async Task<JsonElement> DescribeAsync(string actor) =>
        Assert.IsType<IpcReply.Description>(await IpcClient.AskAsync(Socket, new IpcRequest.Describe(actor), Eventually.Patience)).Json;

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _store?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var machine in new[] { _node, _tor })
            if (File.Exists("/run/netns/" + machine)) RunAsync("ip", "netns", "delete", machine).GetAwaiter().GetResult();
        _folder.Delete(recursive: true);
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, name);

    private void WriteConfiguration(string bird) => File.WriteAllText(FileOf("bird.conf"), $$"""
        router id {{TorAddress}};
        protocol device { }
        protocol bgp node {
          local {{TorAddress}} as 65001; neighbor {{NodeAddress}} as 64512;
          connect delay time 1; connect retry time 1; error wait time 1, 2;
          {{bird}}
          ipv4 { import all; export none; };
        }

        """);

    private void Start(string machine, params string[] command)
    {
        // The shell gives way to nsenter and that to the program, so that the process's id is the program's.
        var start = new ProcessStartInfo("sh", ["-c", "log=$1; shift; exec nsenter \"$@\" 2>>\"$log\"", "sh", FileOf("agent.log"), $"--net=/run/netns/{machine}", "--", .. command]);
        foreach (var (name, value) in new[]
        {
            ("NODENAME", "node1"), ("IP", NodeAddress + "/24"), ("CALICO_IPV4POOL_CIDR", "none"), ("AGENT_LOG_LEVEL", "debug"),
            ("AGENT_DATASTORE", FileOf("cluster.db")), ("AGENT_JOURNAL", FileOf("journal.db")), ("AGENT_SOCKET", Socket),
        }) start.Environment[name] = value;
        _processes.Add(Process.Start(start)!);
    }

    private static async Task<string> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {output}{await errors}");
        return output;
    }
}
