using System.Globalization;
using System.Text.Json;
using Agent.Lab.Tests.Support;

namespace Agent.Lab.Tests;

/// <summary>CNI through the real plugin process and real pod namespaces, on one node; afterwards nothing may be left assigned.</summary>
public sealed class CniTests : IAsyncLifetime
{
    private const string TryAgainLater = "11";

    private LabNetwork _lab = null!;
    private AgentUnderTest _agent = null!;

    public async Task InitializeAsync()
    {
        _lab = await LabNetwork.CreateAsync(("node1", "10.0.0.10"));
        _agent = new AgentUnderTest(_lab, "node1", "10.0.0.10");
        // The kernel answers a pod's ARP for its gateway 169.254.1.1 only if the node itself has a route there.
        await _lab.IpAsync("node1", "route add default via 10.0.0.1 dev eth0");
    }

    public Task DisposeAsync()
    {
        _lab.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_pod_is_wired_reached_and_taken_away_again()
    {
        await _agent.StartAsync();
        await _lab.AddNamespaceAsync("web");
        await _agent.ApplyAsync("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec: {nodeName: node1}\n");
        var before = await _lab.RoutesAsync("node1");

        var address = await _agent.AddPodAsync("web", "c1");

        var repeated = JsonDocument.Parse((await _agent.CniAsync("ADD", "web", "c1")).Output).RootElement;
        var host = repeated.GetProperty("interfaces")[0].GetProperty("name").GetString();
        Assert.Contains($"{address} dev {host} scope link", await _lab.RoutesAsync("node1"), StringComparison.Ordinal);
        Assert.Equal("default via 169.254.1.1 dev eth0\n169.254.1.1 dev eth0 scope link", await _lab.RoutesAsync("web"));
        await _lab.PingAsync("node1", address);
        Assert.Equal(new Ended(0, "", ""), await _agent.CniAsync("CHECK", "web", "c1"));
        Assert.Equal(
            $"{address}/32\n", await _agent.DatastoreAsync("""SELECT annotations ->> '$."cni.projectcalico.org/podIP"' FROM resource WHERE kind = 'Pod'"""));

        await _agent.DeletePodAsync("web", "c1");
        await _agent.DeletePodAsync("web", "c1");

        Assert.DoesNotContain("cali", await _lab.ReadAsync("node1", "ip", "-o", "link"), StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", await _lab.ReadAsync("web", "ip", "-o", "link"), StringComparison.Ordinal);
        var after = (await _lab.RoutesAsync("node1")).Split('\n').Where(route => !route.StartsWith("blackhole", StringComparison.Ordinal));
        Assert.Equal(before, string.Join('\n', after));
        await NothingIsAssignedAsync();
    }

    [Fact]
    public async Task An_older_copy_of_the_journal_gives_no_address_out_twice()
    {
        await _agent.StartAsync();
        foreach (var pod in (string[])["one", "two", "three"]) await _lab.AddNamespaceAsync(pod);
        var one = await _agent.AddPodAsync("one", "c1");
        await _agent.StopAsync();
        var copy = await File.ReadAllBytesAsync(_agent.Journal);
        await _agent.StartAsync();
        var two = await _agent.AddPodAsync("two", "c2");
        await _agent.StopAsync();

        File.Delete(_agent.Journal + "-wal");
        File.Delete(_agent.Journal + "-shm");
        await File.WriteAllBytesAsync(_agent.Journal, copy);
        await _agent.StartAsync();
        var three = await _agent.AddPodAsync("three", "c3");

        Assert.Equal(3, new HashSet<string> { one, two, three }.Count);
        // Of the old block nothing is given out: the third pod has an address of another.
        Assert.NotEqual(BlockOf(one), BlockOf(three));
        Assert.Equal(BlockOf(one), BlockOf(two));
        foreach (var address in (string[])[one, two, three]) await _lab.PingAsync("node1", address);
        foreach (var (pod, container) in ((string, string)[])[("one", "c1"), ("two", "c2"), ("three", "c3")])
            await _agent.DeletePodAsync(pod, container);
        await NothingIsPublishedAsync();
        // What was published when the agent stopped came into the journal from there, so that its own entries do not add up.
        await Eventually.BecomesAsync(
            "nothing to complain about", () => _agent.CtlAsync("", "state", "verify", "--journal", _agent.Journal),
            ended => ended.Output == "Nothing to complain about.\n");

        static string BlockOf(string address)
        {
            var parts = address.Split('.');
            return string.Create(CultureInfo.InvariantCulture,
                $"{parts[0]}.{parts[1]}.{parts[2]}.{int.Parse(parts[3], CultureInfo.InvariantCulture) / 64 * 64}/26");
        }
    }

    [Fact]
    public async Task A_full_pool_is_said_in_the_words_of_CNI_and_leaks_nothing()
    {
        _agent.Environment["CALICO_IPV4POOL_CIDR"] = "10.99.0.0/30";
        _agent.Environment["CALICO_IPV4POOL_BLOCK_SIZE"] = "30";
        await _agent.StartAsync();
        string[] pods = ["p0", "p1", "p2", "p3"];
        foreach (var pod in pods) await _lab.AddNamespaceAsync(pod);
        await _lab.AddNamespaceAsync("late");
        var addresses = new List<string>();
        foreach (var pod in pods) addresses.Add(await _agent.AddPodAsync(pod, pod));
        Assert.Equal(["10.99.0.0", "10.99.0.1", "10.99.0.2", "10.99.0.3"], addresses.Order(StringComparer.Ordinal));

        var refused = await _agent.ServedAsync("ADD", "late", "late");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Errors));
        Assert.Equal(
            """{"cniVersion":"1.0.0","code":999,"msg":"failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; """
            + """No IPs available in pools: [10.99.0.0/30]"}""", Compact(refused.Output));
        Assert.DoesNotContain("eth0", await _lab.ReadAsync("late", "ip", "-o", "link"), StringComparison.Ordinal);

        await _agent.DeletePodAsync("p2", "p2");
        Assert.Equal(addresses[2], await _agent.AddPodAsync("late", "late"));
        foreach (var pod in pods.Append("late")) await _agent.DeletePodAsync(pod, pod);
        await NothingIsAssignedAsync();
        var show = await _agent.CtlAsync("", "ipam", "show");
        Assert.Contains("| IP Pool  | 10.99.0.0/30 |         4 | 0 (0%)     | 4 (100%) |", show.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_agent_an_ADD_and_a_DEL_are_to_be_tried_again()
    {
        await _agent.StartAsync();
        await _lab.AddNamespaceAsync("web");
        await _lab.AddNamespaceAsync("late");
        var address = await _agent.AddPodAsync("web", "c1");
        await _agent.StopAsync();

        var added = await _agent.CniAsync("ADD", "late", "c2");
        var deleted = await _agent.CniAsync("DEL", "web", "c1");

        var sentence = $"agent is not running on this node (no socket at {_agent.Socket})";
        Assert.Equal(
            (1, $$"""{"cniVersion":"1.0.0","code":{{TryAgainLater}},"msg":"{{sentence}}"}"""), (added.ExitCode, Compact(added.Output)));
        Assert.Equal((1, Compact(added.Output)), (deleted.ExitCode, Compact(deleted.Output)));
        await _lab.PingAsync("node1", address);

        await _agent.StartAsync();
        await _agent.DeletePodAsync("web", "c1");
        await NothingIsAssignedAsync();
    }

    [Fact]
    public async Task A_kill_in_the_midst_of_ADDs_gives_no_address_twice_and_loses_none()
    {
        await _agent.StartAsync();
        string[] pods = [.. Enumerable.Range(0, 9).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i}"))];
        foreach (var pod in pods) await _lab.AddNamespaceAsync(pod);
        var first = await _agent.AddPodAsync(pods[0], "a-p0");

        var running = pods[1..].Select(pod => _agent.CniAsync("ADD", pod, $"a-{pod}")).ToArray();
        await Task.WhenAny(running);
        await _agent.KillAsync();
        var results = await Task.WhenAll(running);

        // What the runtime was told is true after the kill; what failed is deleted and begun again in a new sandbox, as the kubelet does.
        await _agent.StartAsync();
        var addresses = new Dictionary<string, string> { [pods[0]] = first };
        var sandboxes = new Dictionary<string, string> { [pods[0]] = "a-p0" };
        foreach (var (pod, result) in pods[1..].Zip(results))
        {
            if (result.ExitCode == 0)
            {
                (addresses[pod], sandboxes[pod]) = (AgentUnderTest.AddressIn(result), $"a-{pod}");
                continue;
            }

            Assert.Equal(TryAgainLater, JsonDocument.Parse(result.Output).RootElement.GetProperty("code").ToString());
            await _agent.DeletePodAsync(pod, $"a-{pod}");
            (addresses[pod], sandboxes[pod]) = (await _agent.AddPodAsync(pod, $"b-{pod}"), $"b-{pod}");
        }

        Assert.Equal(pods.Length, addresses.Values.Distinct().Count());
        var routes = await Eventually.BecomesAsync(
            "every pod has its route", () => _lab.RoutesAsync("node1"),
            routes => routes.Split('\n').Count(route => route.Contains(" dev cali", StringComparison.Ordinal)) == pods.Length);
        Assert.All(addresses.Values, address => Assert.Contains($"{address} dev cali", routes, StringComparison.Ordinal));
        foreach (var address in addresses.Values) await _lab.PingAsync("node1", address);
        Assert.Equal(first, await _agent.AddPodAsync(pods[0], "a-p0"));

        foreach (var pod in pods) await _agent.DeletePodAsync(pod, sandboxes[pod]);
        await NothingIsAssignedAsync();
        Assert.DoesNotContain("cali", await _lab.ReadAsync("node1", "ip", "-o", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_of_a_running_agent_can_be_read_with_sqlite3()
    {
        await _agent.StartAsync();
        await _lab.AddNamespaceAsync("web");
        var address = await _agent.AddPodAsync("web", "c1");

        var rows = await _agent.JournalAsync("SELECT CAST(message AS TEXT) FROM journal WHERE manifest = 'address-assigned'");

        var row = JsonDocument.Parse(Assert.Single(rows.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        var attributes = row.GetProperty("attributes");
        Assert.Equal(
            (address, "k8s-pod-network.c1", "node1", "default", "web"),
            (Text(row, "address"), Text(row, "handle"), Text(attributes, "node"), Text(attributes, "namespace"), Text(attributes, "pod")));
        Assert.Equal(
            $"{Text(row, "block")}\n", await _agent.JournalAsync("SELECT message ->> '$.block' FROM journal WHERE manifest = 'block-claimed'"));

        static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
    }

    /// <summary>Neither in what the owner published for readers nor by the journal's own arithmetic.</summary>
    private async Task NothingIsAssignedAsync()
    {
        await NothingIsPublishedAsync();
        Assert.Equal(
            "0\n", await _agent.JournalAsync(
                "SELECT sum(CASE manifest WHEN 'address-assigned' THEN 1 WHEN 'address-released' THEN -1 ELSE 0 END) FROM journal"));
    }

    private Task NothingIsPublishedAsync() => Eventually.IsAsync("", () => _agent.DatastoreAsync(
        """
        SELECT resource.name, entry.value FROM resource, json_each(resource.spec, '$.allocations') AS entry
        WHERE kind = 'IPAMBlock' AND entry.type <> 'null'
        """));

    private static string Compact(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, Relaxed);

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
