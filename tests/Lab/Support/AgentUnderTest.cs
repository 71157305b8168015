using System.Text.Json;
using System.Text.RegularExpressions;
using Agent.Ipc;

namespace Agent.Lab.Tests.Support;

/// <summary>One node's agent, run as the executable that users run; its settings come from the environment, as in a DaemonSet.</summary>
internal sealed partial class AgentUnderTest
{
    private static readonly string Programs = AppContext.BaseDirectory;

    private readonly LabNetwork _lab;
    private readonly string _machine;
    private readonly List<string> _wrapper = [];
    private LabProcess? _process;

    /// <summary>The agent of a machine: nothing is started yet.</summary>
    public AgentUnderTest(LabNetwork lab, string machine, string address)
    {
        (_lab, _machine) = (lab, machine);
        Environment = new Dictionary<string, string>
        {
            ["NODENAME"] = machine,
            ["IP"] = $"{address}/24",
            ["CALICO_IPV4POOL_CIDR"] = "10.48.0.0/16",
            ["CALICO_IPV4POOL_NAT_OUTGOING"] = "false",
            ["AGENT_DATASTORE"] = lab.FileOf("cluster.db"),
            ["AGENT_JOURNAL"] = lab.FileOf($"{machine}/journal.db"),
            ["AGENT_SOCKET"] = lab.FileOf($"{machine}/agent.sock"),
            ["AGENT_LOG_LEVEL"] = "info",
        };
    }

    /// <summary>What the agent is set to.</summary>
    public Dictionary<string, string> Environment { get; }

    public string Datastore => Environment["AGENT_DATASTORE"];

    public string Journal => Environment["AGENT_JOURNAL"];

    public string Socket => Environment["AGENT_SOCKET"];

    /// <summary>The running process.</summary>
    public LabProcess Process => _process ?? throw new InvalidOperationException("the agent was not started");

    /// <summary>Takes root's right to ignore file permissions away, so that a read-only file is one.</summary>
    public void RespectFilePermissions() =>
        _wrapper.AddRange(["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search", "--"]);

    /// <summary>Starts the agent and does not wait.</summary>
    public LabProcess Begin(params string[] flags) =>
        _process = _lab.Start(_machine, [.. _wrapper, Path.Combine(Programs, "agent"), .. flags], Environment);

    /// <summary>Starts the agent and waits until it serves its local API.</summary>
    public async Task StartAsync()
    {
        var process = Begin();
        await Eventually.BecomesAsync(
            $"the agent of {_machine} serves its local API",
            () => process.HasEnded ? "ended: " + process.Errors : process.Errors,
            log => log.StartsWith("ended: ", StringComparison.Ordinal) || log.Contains("serving the local API", StringComparison.Ordinal));
        Assert.False(process.HasEnded, process.Errors);
    }

    /// <summary>Runs the agent to the end that it comes to by itself.</summary>
    public Task<Ended> RunAsync(params string[] flags) => Begin(flags).EndAsync();

    /// <summary>The agent refuses to start: exit code 1 and one critical line, which is given.</summary>
    public async Task<string> RefusalAsync()
    {
        var ended = await RunAsync();
        Assert.True(ended.ExitCode == 1, $"exit code {ended.ExitCode}: {ended.Errors}");
        Assert.Equal("", ended.Output);
        var critical = ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("LogLevel").GetString() == "Critical")
            .Select(line => line.GetProperty("Message").GetString()!);
        var message = Assert.Single(critical);
        Assert.StartsWith("cannot run: ", message, StringComparison.Ordinal);
        return message["cannot run: ".Length..];
    }

    /// <summary>A stop for restart (SIGTERM).</summary>
    public async Task StopAsync()
    {
        var ended = await Process.EndAsync("TERM");
        Assert.True(ended.ExitCode == 0, $"exit code {ended.ExitCode}: {ended.Errors}");
    }

    /// <summary>The end that no program can prepare for (SIGKILL).</summary>
    public Task KillAsync() => Process.EndAsync("KILL");

    /// <summary>Asks the local API.</summary>
    public Task<IpcReply> AskAsync(IpcRequest request) => IpcClient.AskAsync(Socket, request, Eventually.Patience);

    /// <summary>The column INFO of <c>node status</c> for a peer; empty while there is no such peer.</summary>
    public async Task<string> SessionAsync(string peer) => await AskAsync(new IpcRequest.NodeStatusRequest()) switch
    {
        IpcReply.NodeStatus status => status.Ipv4.FirstOrDefault(row => row.PeerAddress == peer)?.Text ?? "",
        var other => $"{other}",
    };

    /// <summary>Waits for a session.</summary>
    public Task EstablishedAsync(string peer) => Eventually.IsAsync("Established", () => SessionAsync(peer));

    /// <summary>Runs agentctl on the machine.</summary>
    public Task<Ended> CtlAsync(string input, params string[] arguments) => LabProcess.RunAsync(
        _lab.Netns(_machine), [Path.Combine(Programs, "agentctl"), .. arguments],
        new Dictionary<string, string> { ["AGENT_DATASTORE"] = Datastore, ["AGENT_SOCKET"] = Socket }, input);

    /// <summary>Applies a manifest.</summary>
    public async Task ApplyAsync(string manifest)
    {
        var ended = await CtlAsync(manifest, "apply", "-f", "-");
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
    }

    /// <summary>Makes a BIRD a peer of every node.</summary>
    public Task ApplyPeerAsync(string address, uint asNumber) => ApplyAsync(string.Create(null, $$"""
        apiVersion: projectcalico.org/v3
        kind: BGPPeer
        metadata: {name: bird}
        spec: {peerIP: {{address}}, asNumber: {{asNumber}}}
        """));

    /// <summary>Executes the CNI plugin as a container runtime does, for the pod whose network namespace is the lab's machine of that name.</summary>
    /// <param name="verb">ADD, DEL or CHECK.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="containerId">Its container.</param>
    /// <param name="ipam">More of the configuration's ipam, each member with a comma before it.</param>
    public Task<Ended> CniAsync(string verb, string pod, string containerId, string ipam = "") => LabProcess.RunAsync(
        _lab.Netns(_machine), [Path.Combine(Programs, "calico")],
        new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = verb,
            ["CNI_CONTAINERID"] = containerId,
            ["CNI_NETNS"] = $"/run/netns/{_lab.Netns(pod)}",
            ["CNI_IFNAME"] = "eth0",
            ["CNI_PATH"] = Programs,
            ["CNI_ARGS"] = $"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={pod}",
        },
        $$"""{"cniVersion": "1.0.0", "name": "k8s-pod-network", "type": "calico", "agent_socket": "{{Socket}}", "ipam": {"type": "calico-ipam"{{ipam}}} }""");

    /// <summary>What the plugin says when the agent serves it. Until then its errors are 11, "try again later", and 50, "not available":
    /// the kubelet repeats the request, and so does this.</summary>
    public Task<Ended> ServedAsync(string verb, string pod, string containerId, string ipam = "") => Eventually.BecomesAsync(
        $"the agent serves {verb} of {pod}", () => CniAsync(verb, pod, containerId, ipam),
        ended => ended.ExitCode == 0 || !TryAgain().IsMatch(ended.Output));

    /// <summary>CNI ADD, once the agent can serve it; gives the pod's address.</summary>
    public async Task<string> AddPodAsync(string pod, string containerId) => AddressIn(await AddAsync(pod, containerId));

    /// <summary>CNI ADD, once the agent can serve it; gives the result.</summary>
    public async Task<Ended> AddAsync(string pod, string containerId, string ipam = "")
    {
        var ended = await ServedAsync("ADD", pod, containerId, ipam);
        Assert.True(ended.ExitCode == 0, ended.Output);
        return ended;
    }

    /// <summary>CNI DEL, once the agent can serve it; it says nothing.</summary>
    public async Task DeletePodAsync(string pod, string containerId, string ipam = "") =>
        Assert.Equal(new Ended(0, "", ""), await ServedAsync("DEL", pod, containerId, ipam));

    /// <summary>The address in the result of an ADD.</summary>
    public static string AddressIn(Ended added) =>
        JsonDocument.Parse(added.Output).RootElement.GetProperty("ips")[0].GetProperty("address").GetString()!.Split('/')[0];

    /// <summary>What sqlite3 reads in the cluster's file.</summary>
    public Task<string> DatastoreAsync(string sql) => SqliteAsync(Datastore, sql);

    /// <summary>What sqlite3 reads in the node's journal.</summary>
    public Task<string> JournalAsync(string sql) => SqliteAsync(Journal, sql);

    [GeneratedRegex("\"code\": *(11|50)\\b")]
    private static partial Regex TryAgain();

    // Whoever opens or closes a file keeps it locked for a moment.
    private static Task<string> SqliteAsync(string file, string sql) =>
        LabProcess.ReadAsync(null, "sqlite3", "-readonly", "-cmd", ".timeout 60000", file, sql);
}
