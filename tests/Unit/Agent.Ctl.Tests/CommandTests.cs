using Agent.Datastore;
using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary>The rest of the command line: settings, errors of usage, get's formats, node and version.</summary>
public sealed class CommandTests
{
    private readonly Terminal _terminal = new();

    private const string Peer =
        """{"apiVersion":"projectcalico.org/v3","kind":"BGPPeer","metadata":{"name":"p","labels":{"tier":"db"}},"spec":{"peerIP":"10.0.0.1","asNumber":64512}}""";

    [Fact]
    public async Task A_flag_wins_over_the_environment_that_over_the_file_that_over_the_default()
    {
        var config = Path.GetTempFileName();
        File.WriteAllText(config, "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n  datastore: /from/file\n");

        await _terminal.RunAsync("get nodes");
        await _terminal.RunAsync($"get nodes -c {config}");
        _terminal.Variables["AGENT_DATASTORE"] = "/from/environment";
        await _terminal.RunAsync($"-c {config} get nodes");
        await _terminal.RunAsync("--datastore /from/flag get nodes");
        await _terminal.RunAsync("get nodes --datastore=/from/flag");

        Assert.Equal(["/var/lib/agent/cluster.db", "/from/file", "/from/environment", "/from/flag", "/from/flag"], _terminal.Opened);
        File.Delete(config);
    }

    [Fact]
    public async Task A_configuration_file_that_was_named_must_be_there()
    {
        var outcome = await _terminal.RunAsync("get nodes -c /nowhere.cfg");

        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("Error reading config file: /nowhere.cfg", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datastore_that_cannot_be_opened_is_the_error()
    {
        _terminal.Unreachable = new DatastoreUnavailableException("no cluster datastore at /x: start the agent");

        Assert.Equal(Outcome.Failed("no cluster datastore at /x: start the agent\n"), await _terminal.RunAsync("get nodes"));
    }

    [Theory]
    [InlineData("actor describe --help", "actor describe <path> [options]")]
    [InlineData("cluster leave --help", "cluster leave <node> [options]")]
    [InlineData("cluster-sharding region-stats --help", "cluster-sharding region-stats <region> [options]")]
    [InlineData("bgp neighbor --help", "bgp neighbor <peer> [options]")]
    [InlineData("log level --help", "<logger> <level>  Nothing to show what holds")]
    [InlineData("state events --help", "<id>  Whose history")]
    [InlineData("actor --help", "describe <path>")]
    public async Task Help_asks_no_agent(string line, string usage)
    {
        _terminal.Unreachable = new InvalidOperationException("the agent was asked");

        var outcome = await _terminal.RunAsync(line);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Contains(usage, outcome.Output, StringComparison.Ordinal);
        Assert.Empty(_terminal.Asked);
    }

    [Theory]
    [InlineData("frobnicate", "agentctl")]
    [InlineData("get nodes --frobnicate", "agentctl get")]
    [InlineData("node frobnicate", "agentctl node")]
    [InlineData("patch ippool blue", "agentctl patch")]
    public async Task Wrong_usage_points_to_the_help(string line, string command)
    {
        var outcome = await _terminal.RunAsync(line);

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.EndsWith($"\nRun '{command} --help' for usage.\n", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "agentctl get ippools")]
    [InlineData("get --help", "agentctl get svc -n yaobank -l app=customer")]
    [InlineData("delete -h", "Addresses that are in use stay with their pods")]
    [InlineData("node status --help", "sudo agentctl node status")]
    public async Task Help_has_examples(string line, string example)
    {
        var outcome = await _terminal.RunAsync(line);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Contains(example, outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get somekind", "resource type 'somekind' is not supported")]
    [InlineData("get nodes -n web", "Node is not namespaced\n")]
    [InlineData("get pods -n web -A", "cannot use both --namespace and --all-namespaces flags at the same time\n")]
    [InlineData("get nodes -o xml", "unrecognized output format 'xml'\n")]
    [InlineData("get nodes -o go-template={{.}}", "output format 'go-template' is not supported; use -o json or -o custom-columns=NAME,...\n")]
    [InlineData("get nodes -o custom-columns=COLOUR", "unknown heading COLOUR, valid values are: NAME, ASN, IPV4, IPV6\n")]
    [InlineData("get nodes -l a,b==,=c", "invalid label selector 'a,b==,=c': '=c' is not key=value, key!=value, key or !key\n")]
    [InlineData("get", "name a kind or a manifest (-f); see 'agentctl get --help'\n")]
    [InlineData("delete ippool", "resource name may not be empty\n")]
    [InlineData("apply", "name a manifest with -f; see 'agentctl apply --help'\n")]
    [InlineData("completion fish", "there is no completion for the shell 'fish'; supported: bash, zsh\n")]
    public async Task What_cannot_be_is_one_line_on_stderr(string line, string expected)
    {
        var outcome = await _terminal.RunAsync(line);

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith(expected, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_named_after_what_was_found()
    {
        await _terminal.PutAsync(Peer);

        Assert.Equal(
            new Outcome(
                1,
                "NAME   PEERIP     NODE       ASN     \np      10.0.0.1   (global)   64512   \n\n",
                "resource does not exist: BGPPeer(q) with error: not found in the datastore\n"),
            await _terminal.RunAsync("get bgppeer p q"));
    }

    [Fact]
    public async Task Export_leaves_out_what_belongs_to_the_cluster()
    {
        await _terminal.PutAsync(Peer);

        Assert.Equal(
            Outcome.Ok("""
                apiVersion: projectcalico.org/v3
                kind: BGPPeer
                metadata:
                  labels:
                    tier: db
                  name: p
                spec:
                  asNumber: 64512
                  peerIP: 10.0.0.1

                """),
            await _terminal.RunAsync("get bgppeer p --export -o yaml"));
        Assert.Equal(
            Outcome.Ok("""
                {
                  "apiVersion": "projectcalico.org/v3",
                  "kind": "BGPPeer",
                  "metadata": {
                    "labels": {
                      "tier": "db"
                    },
                    "name": "p"
                  },
                  "spec": {
                    "asNumber": 64512,
                    "peerIP": "10.0.0.1"
                  }
                }

                """),
            await _terminal.RunAsync("get bgppeer/p --export -o json"));
    }

    [Fact]
    public async Task A_list_is_a_list_kind_with_its_revision()
    {
        var list = await _terminal.Store.ListAsync(Resources.Kinds.BGPPeer);

        Assert.Equal(
            Outcome.Ok($"apiVersion: projectcalico.org/v3\nitems: []\nkind: BGPPeerList\nmetadata:\n  resourceVersion: \"{list.Revision}\"\n"),
            await _terminal.RunAsync("get bgppeers -o yaml"));
    }

    [Theory]
    [InlineData("tier=db", "bgppeer/p\n")]
    [InlineData("tier==db,!gone", "bgppeer/p\n")]
    [InlineData("tier", "bgppeer/p\n")]
    [InlineData("tier!=db", "")]
    [InlineData("tier=web", "")]
    [InlineData("info", "bgppeer/p\n")]
    public async Task Labels_select(string selector, string expected)
    {
        await _terminal.PutAsync(Peer);

        Assert.Equal(Outcome.Ok(expected), await _terminal.RunAsync($"get bgppeers -l {selector} -o name"));
    }

    [Fact]
    public async Task Nothing_found_of_a_Kubernetes_kind_is_said_on_stderr()
    {
        Assert.Equal(new Outcome(0, "", "No resources found in web namespace.\n"), await _terminal.RunAsync("get pods -n web"));
        Assert.Equal(new Outcome(0, "", "No resources found\n"), await _terminal.RunAsync("get pods -A"));
    }

    [Fact]
    public async Task Node_status_is_for_root()
    {
        _terminal.IsRoot = false;

        Assert.Equal(Outcome.Failed("Need super user privileges: Operation not permitted\n"), await _terminal.RunAsync("node status"));
        Assert.Empty(_terminal.Asked);
    }

    [Fact]
    public async Task Node_status_without_an_agent()
    {
        _terminal.Unreachable = new AgentUnavailableException("agent is not running on this node (no socket at /s)");

        Assert.Equal(
            Outcome.Failed("Calico process is not running.\nagent is not running on this node (no socket at /s)\n"),
            await _terminal.RunAsync("node status --socket /s"));
        Assert.Equal("/s", Assert.Single(_terminal.Asked).Socket);
    }

    [Fact]
    public async Task Node_status_without_BGP()
    {
        _terminal.Reply = new IpcReply.NodeStatus(false, [], []);

        Assert.Equal(
            Outcome.Ok("Calico process is running.\n\nThe BGP backend process (BIRD) is not running.\n"), await _terminal.RunAsync("node status"));
    }

    [Fact]
    public async Task Node_status_as_JSON()
    {
        _terminal.Reply = new IpcReply.NodeStatus(
            true, [], [new("fd00::1", BgpPeerType.NodeSpecific, "start", _terminal.Clock.Now, "Active Socket: Connection refused")]);

        Assert.Equal(
            Outcome.Ok("""
                {
                  "bgpRunning": true,
                  "ipv4": [],
                  "ipv6": [
                    {
                      "peerAddress": "fd00::1",
                      "peerType": "node specific",
                      "state": "start",
                      "since": "2022-02-10T12:00:00+00:00",
                      "info": "Active Socket: Connection refused"
                    }
                  ]
                }

                """),
            await _terminal.RunAsync("node status -o json"));
    }

    [Fact]
    public async Task Draining_asks_the_agent()
    {
        Assert.Equal(Outcome.Ok("Node drained: every BGP session was ended.\n"), await _terminal.RunAsync("node drain"));
        Assert.Equal(("/var/run/agent/agent.sock", new IpcRequest.Drain()), Assert.Single(_terminal.Asked));
        await _terminal.RunAsync("node drain -m disk");
        Assert.Equal(new IpcRequest.Drain("disk"), _terminal.Asked[^1].Request);

        _terminal.Reply = new IpcReply.Error("busy");
        Assert.Equal(Outcome.Failed("busy\n"), await _terminal.RunAsync("node drain"));
    }

    [Fact]
    public async Task Version_shows_the_client_and_the_cluster()
    {
        var client = await _terminal.RunAsync("version --client");
        Assert.Matches("^Client Version:    v[0-9.]+\nGit commit:        ([0-9a-f]{40}|unknown)\n$", client.Output);
        Assert.Equal(
            Outcome.Ok(client.Output + "Cluster Version:   unknown\nCluster Type:      unknown\n"), await _terminal.RunAsync("version"));

        await _terminal.PutAsync(
            """{"apiVersion":"projectcalico.org/v3","kind":"ClusterInformation","metadata":{"name":"default"},"spec":{"calicoVersion":"v3.24.1","clusterType":"k8s,bgp"}}""");
        Assert.Equal(
            Outcome.Ok(client.Output + "Cluster Version:   v3.24.1\nCluster Type:      k8s,bgp\n"), await _terminal.RunAsync("version"));
    }

    [Fact]
    public async Task Version_without_a_datastore_still_shows_the_client()
    {
        var client = await _terminal.RunAsync("version --client");
        _terminal.Unreachable = new DatastoreUnavailableException("no cluster datastore at /x");

        Assert.Equal(
            new Outcome(1, client.Output, "Unable to detect installed Calico version\nno cluster datastore at /x\n"), await _terminal.RunAsync("version"));
    }

    [Fact]
    public async Task Completion_prints_a_script()
    {
        var outcome = await _terminal.RunAsync("completion bash");

        Assert.EndsWith("complete -o default -F _agentctl agentctl\n", outcome.Output, StringComparison.Ordinal);
    }
}
