using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>What a start does on a machine where all is well: files made once, names kept; and starts that are refused for what runs elsewhere.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"), ("node2", "10.0.0.11"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_start_before_anything_is_touched()
    {
        _agent.Environment["AGENT_LOG_LEVEL"] = "loud";
        var kernel = await _lab.KernelAsync("node1");

        Assert.Equal(
            new Ended(2, "", "agent: environment variable AGENT_LOG_LEVEL: 'loud' is not allowed; logLevel is debug, info, warning or error\n"),
            await _agent.RunAsync());
        _agent.Environment["AGENT_LOG_LEVEL"] = "info";
        Assert.Equal(
            new Ended(2, "", "agent: flag --as-number: '0' is not allowed; asNumber is 1 to 4294967295\n"),
            await _agent.RunAsync("--as-number", "0"));

        Assert.Empty(Directory.GetFileSystemEntries(_lab.Folder));
        Assert.Equal(kernel, await _lab.KernelAsync("node1"));
    }

    [Fact]
    public async Task The_first_start_makes_both_files_and_the_next_keeps_what_they_say()
    {
        await _agent.StartAsync();
        var identity = await IdentityAsync();
        await _agent.StopAsync();
        await _agent.StartAsync();

        Assert.Equal(identity, await IdentityAsync());
        Assert.Equal(
            "BGPConfiguration default|ClusterInformation default|IPPool default-ipv4-ippool|Node node1",
            string.Join('|', (await _agent.DatastoreAsync("SELECT kind || ' ' || name FROM resource WHERE kind <> 'Shard' ORDER BY kind")).Split(
                '\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Matches("^[0-9a-f]{32}\n$", await _agent.JournalAsync("SELECT journal_id FROM identity"));

        async Task<string> IdentityAsync() =>
            await _agent.JournalAsync("SELECT journal_id FROM identity")
            + await _agent.DatastoreAsync("SELECT kind, name, uid, spec FROM resource WHERE kind <> 'Shard' ORDER BY kind, name");
    }

    [Fact]
    public async Task The_clusters_file_is_for_its_owner_alone()
    {
        await _agent.StartAsync();

        Assert.All(
            ["", "-wal", "-shm"],
            side => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_agent.Datastore + side)));
    }

    [Fact]
    public async Task A_lost_datastore_is_refused_and_not_replaced_by_an_empty_one()
    {
        await _agent.StartAsync();
        await _agent.StopAsync();
        foreach (var file in Directory.GetFiles(_lab.Folder, "cluster.db*")) File.Delete(file);
        var kernel = await _lab.KernelAsync("node1");

        Assert.StartsWith(
            $"the cluster datastore {_agent.Datastore} is gone, though this node's journal {_agent.Journal} is there; ",
            await _agent.RefusalAsync(), StringComparison.Ordinal);

        Assert.False(File.Exists(_agent.Datastore));
        Assert.Equal(kernel, await _lab.KernelAsync("node1"));
    }

    [Fact]
    public async Task A_stop_for_restart_leaves_the_kernel_as_it_is_and_the_socket_free()
    {
        await _agent.StartAsync();
        await _lab.AddNamespaceAsync("web");
        await _agent.AddPodAsync("web", "c1");
        await _lab.RoutesWithAsync("node1", " dev cali", "blackhole ");
        var kernel = await _lab.SetUpAsync("node1");

        await _agent.StopAsync();

        Assert.Equal(kernel, await _lab.KernelAsync("node1"));
        var status = await _agent.CtlAsync("", "node", "status");
        Assert.Equal(
            new Ended(1, "", $"Calico process is not running.\nagent is not running on this node (no socket at {_agent.Socket})\n"), status);
    }

    [Fact]
    public async Task A_live_BIRD_in_the_namespace_is_refused()
    {
        var bird = new BirdUnderTest(_lab, "node1", "10.0.0.10", 64512, "10.0.0.11");
        await bird.StartAsync();
        var kernel = await _lab.KernelAsync("node1");

        var refusal = await _agent.RefusalAsync();

        Assert.Matches(
            @"^BIRD runs in this network namespace \(process \d+\) and writes kernel routes with protocol 12, which are this agent's; stop it "
            + @"\(on a Calico node: remove calico-node\) and start the agent again$", refusal);
        Assert.Equal(kernel, await _lab.KernelAsync("node1"));
        Assert.False(File.Exists(_agent.Datastore));
        Assert.False(File.Exists(_agent.Journal));
    }

    [Fact]
    public async Task An_address_that_another_node_has_is_refused()
    {
        await _agent.StartAsync();
        var second = new AgentUnderTest(_lab, "node2", "10.0.0.10");
        var kernel = await _lab.KernelAsync("node2");

        Assert.Equal("node node1 has the address 10.0.0.10 already; give node2 another, or delete that Node if it is gone", await second.RefusalAsync());

        Assert.Equal("node1\n", await _agent.DatastoreAsync("SELECT name FROM resource WHERE kind = 'Node'"));
        Assert.Equal(kernel, await _lab.KernelAsync("node2"));
    }

    [Fact]
    public async Task A_machine_without_a_fitting_address_is_told_which_settings_help()
    {
        _agent.Environment["IP"] = "autodetect";
        _agent.Environment["IP_AUTODETECTION_METHOD"] = "cidr=192.168.0.0/16";

        Assert.Equal(
            "no IPv4 address for BGP was found by 'cidr=192.168.0.0/16'; set ip, or another ipAutodetectionMethod", await _agent.RefusalAsync());
    }
}
