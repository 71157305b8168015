using Agent.Host.Settings;
using Agent.Primitives;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Tests;

/// <summary>Settings: every row of the table from every source, precedence, and what is said of wrong ones.</summary>
public sealed class SettingsTests : IDisposable
{
    private static readonly AgentSettings Default = new();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("settings-");

    private string ConfigFile => Path.Combine(_folder.FullName, "agent.yaml");

    /// <summary>A value that is not the default, and the settings that it makes, for every row of the table.</summary>
    public static TheoryData<string, string, AgentSettings> Values() => new()
    {
        { "nodeName", "node1.rack-2", Default with { NodeName = "node1.rack-2" } },
        { "datastore", "/srv/c.db", Default with { Datastore = "/srv/c.db" } },
        { "clusterName", "blue", Default with { ClusterName = "blue" } },
        { "journal", "/srv/j.db", Default with { Journal = "/srv/j.db" } },
        { "socket", "/srv/a.sock", Default with { Socket = "/srv/a.sock" } },
        { "ip", "10.0.0.10/24", Default with { Ip = "10.0.0.10/24" } },
        { "ip", "10.0.0.10", Default with { Ip = "10.0.0.10" } },
        { "ip", "none", Default with { KeepStoredIp = true } },
        { "ip", "autodetect", Default with { RedetectIp = true } },
        { "ipAutodetectionMethod", "first-found", Default },
        { "ipAutodetectionMethod", "can-reach=tor.example", Default with { IpAutodetectionMethod = "can-reach=tor.example" } },
        { "ipAutodetectionMethod", "can-reach=10.0.0.1", Default with { IpAutodetectionMethod = "can-reach=10.0.0.1" } },
        { "ipAutodetectionMethod", "interface=eth.*,bond[01]", Default with { IpAutodetectionMethod = "interface=eth.*,bond[01]" } },
        { "ipAutodetectionMethod", "skip-interface=eth9", Default with { IpAutodetectionMethod = "skip-interface=eth9" } },
        { "ipAutodetectionMethod", "cidr=10.0.0.0/8,172.16.0.0/12", Default with { IpAutodetectionMethod = "cidr=10.0.0.0/8,172.16.0.0/12" } },
        { "ip6", "fd00::10/64", Default with { Ip6 = "fd00::10/64" } },
        { "ip6", "fd00::10", Default with { Ip6 = "fd00::10" } },
        { "ip6", "autodetect", Default with { DetectIp6 = true } },
        { "ip6", "none", Default },
        { "ip6AutodetectionMethod", "can-reach=fd00::1", Default with { Ip6AutodetectionMethod = "can-reach=fd00::1" } },
        { "ip6AutodetectionMethod", "cidr=fd00::/8", Default with { Ip6AutodetectionMethod = "cidr=fd00::/8" } },
        { "asNumber", "4294967295", Default with { AsNumber = 4294967295 } },
        { "routerId", "1.2.3.4", Default with { RouterId = "1.2.3.4" } },
        { "routerId", "hash", Default with { RouterId = "hash" } },
        { "secretNamespace", "calico-system", Default with { SecretNamespace = "calico-system" } },
        { "priorityInLocalPref", "true", Default with { PriorityInLocalPref = true } },
        { "routeMetrics", "true", Default with { RouteMetrics = true } },
        { "gracefulShutdownCommunity", "true", Default with { HonoursGracefulShutdown = true } },
        { "blackholeCommunity", "true", Default with { HonoursBlackhole = true } },
        { "defaultPool", "100.96.0.0/11", Default with { DefaultPool = IpPrefix.Parse("100.96.0.0/11") } },
        { "defaultPool", "none", Default with { DefaultPool = null } },
        { "defaultPoolBlockSize", "20", Default with { DefaultPoolBlockSize = 20 } },
        { "defaultPoolBlockSize", "32", Default with { DefaultPoolBlockSize = 32 } },
        { "defaultPoolNatOutgoing", "false", Default with { DefaultPoolNatOutgoing = false } },
        { "defaultPool6", "fd00:10:48::/48", Default with { DefaultPool6 = IpPrefix.Parse("fd00:10:48::/48") } },
        { "defaultPool6", "none", Default },
        { "defaultPool6BlockSize", "116", Default with { DefaultPool6BlockSize = 116 } },
        { "defaultPool6NatOutgoing", "true", Default with { DefaultPool6NatOutgoing = true } },
        { "coordinator", "false", Default with { Coordinator = false } },
        { "coordinators", "3", Default with { Coordinators = 3 } },
        { "remotingPort", "17946", Default with { RemotingPort = 17946 } },
        { "remotingAddress", "2001:db8::1", Default with { RemotingAddress = System.Net.IPAddress.Parse("2001:db8::1") } },
        { "certificates", "/etc/agent/certificates", Default with { Certificates = "/etc/agent/certificates" } },
        { "leaseTtl", "15", Default with { LeaseTimeToLive = TimeSpan.FromSeconds(15) } },
        { "shardMovesPerMinute", "0", Default with { ShardMovesPerMinute = 0 } },
        { "logLevel", "debug", Default with { LogLevel = LogLevel.Debug } },
        { "logLevel", "warning", Default with { LogLevel = LogLevel.Warning } },
        { "logLevel", "error", Default with { LogLevel = LogLevel.Error } },
        { "logFormat", "text", Default with { LogAsJson = false } },
    };

    public static TheoryData<string, string> WrongValues() => new()
    {
        { "nodeName", "Node_1" },
        { "nodeName", "-node" },
        { "nodeName", "node..1" },
        { "datastore", "cluster.db" },
        { "clusterName", "Blue" },
        { "journal", "/var/lib/agent/" },
        { "socket", "agent.sock" },
        { "ip", "10.0.0" },
        { "ip", "10.0.0.1/33" },
        { "ip", "fd00::1" },
        { "ip6", "10.0.0.1" },
        { "ip6", "fd00::1/129" },
        { "ip6AutodetectionMethod", "cidr=10.0.0.0/8" },
        { "defaultPool6", "10.0.0.0/8" },
        { "defaultPool6BlockSize", "115" },
        { "defaultPool6NatOutgoing", "perhaps" },
        { "ipAutodetectionMethod", "last-found" },
        { "ipAutodetectionMethod", "can-reach=" },
        { "ipAutodetectionMethod", "can-reach=fd00::1" },
        { "ipAutodetectionMethod", "interface=eth(" },
        { "ipAutodetectionMethod", "skip-interface=" },
        { "ipAutodetectionMethod", "cidr=10.0.0.0" + "/40" },
        { "ipAutodetectionMethod", "cidr=fd00::/8" },
        { "asNumber", "0" },
        { "asNumber", "4294967296" },
        { "asNumber", "64512.1" },
        { "routerId", "fd00::1" },
        { "routerId", "router" },
        { "secretNamespace", "Kube_System" },
        { "priorityInLocalPref", "on" },
        { "routeMetrics", "1024" },
        { "defaultPool", "10.0.0.0" + "/40" },
        { "defaultPool", "fd00::/64" },
        { "gracefulShutdownCommunity", "on" },
        { "blackholeCommunity", "on" },
        { "defaultPoolBlockSize", "19" },
        { "defaultPoolBlockSize", "33" },
        { "defaultPoolNatOutgoing", "yes" },
        { "coordinator", "maybe" },
        { "coordinators", "0" },
        { "coordinators", "16" },
        { "remotingPort", "65536" },
        { "remotingAddress", "node1" },
        { "certificates", "certificates" },
        { "leaseTtl", "0" },
        { "leaseTtl", "3s" },
        { "shardMovesPerMinute", "-1" },
        { "logLevel", "loud" },
        { "logFormat", "xml" },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_values_of_these_tests_cover_every_row_of_the_table()
    {
        var keys = SettingsTable.All.Select(row => row.Key).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(keys, Values().Select(row => (string)row[0]).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(keys, WrongValues().Select(row => (string)row[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_set_gives_theDefaults() => Assert.Equal(Default, Read(file: "", [], []));

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_may_come_from_the_file_the_environment_or_a_flag(string key, string text, AgentSettings expected)
    {
        Assert.Equal(expected, Read($"{key}: '{text}'", [], []));
        Assert.Equal(expected, Read("", [(Row(key).Variable, text)], []));
        Assert.Equal(expected, Read("", [], [(key, text)]));
    }

    [Theory]
    [MemberData(nameof(WrongValues))]
    public void A_wrong_value_is_refused_with_its_key_its_source_and_what_is_allowed(string key, string text)
    {
        var row = Row(key);
        var remedy = $"'{text}' is not allowed; {key} is {row.Allowed}";

        Assert.Equal($"{ConfigFile}: {key}: {remedy}", Refusal($"{key}: '{text}'", [], []));
        Assert.Equal($"environment variable {row.Variable}: {remedy}", Refusal("", [(row.Variable, text)], []));
        Assert.Equal($"flag {row.Flag}: {remedy}", Refusal("", [], [(key, text)]));
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_a_flag_over_both()
    {
        const string File = "nodeName: from-file\nclusterName: from-file\nlogFormat: text\nip: none\n";

        Assert.Equal(
            Default with { NodeName = "from-flag", ClusterName = "from-environment", LogAsJson = false, Ip = "10.0.0.1" },
            Read(File, [("NODENAME", "from-environment"), ("AGENT_CLUSTER_NAME", "from-environment"), ("IP", "10.0.0.1")], [("nodeName", "from-flag")]));
    }

    [Fact]
    public void An_empty_environment_variable_is_not_set() =>
        Assert.Equal(Default with { NodeName = "a" }, Read("nodeName: a", [("NODENAME", "")], []));

    [Fact]
    public void Flags_are_the_keys_in_kebab_case() =>
        Assert.Equal(
            ["--node-name", "--datastore", "--ip-autodetection-method", "--default-pool-block-size"],
            new[] { "nodeName", "datastore", "ipAutodetectionMethod", "defaultPoolBlockSize" }.Select(key => Row(key).Flag));

    [Fact]
    public void An_unknown_key_in_the_file_is_refused_with_all_known_ones() =>
        Assert.Equal(
            $"{ConfigFile}: there is no setting 'nodename'; the settings are: {string.Join(", ", SettingsTable.All.Select(row => row.Key))}",
            Refusal("nodename: node1", [], []));

    [Theory]
    [InlineData("nodeName: node1\nlogLevel: }", "line 2: ")]
    [InlineData("nodeName: a\nnodeName: b", "line 2: ")]
    [InlineData("nodeName:\n- a", "line 2: expected 'key: value' with a plain value")]
    [InlineData("- nodeName", "expected lines of the form 'key: value'")]
    public void A_file_of_another_form_is_refused_with_the_place(string text, string complaint) =>
        Assert.StartsWith($"{ConfigFile}: {complaint}", Refusal(text, [], []), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_config_names_must_be_there()
    {
        var missing = Path.Combine(_folder.FullName, "none.yaml");

        var error = Assert.Throws<SettingsException>(() => SettingsReader.Read(missing, _ => null, new Dictionary<string, string>()));

        Assert.StartsWith($"{missing}: cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    private static SettingDefinition Row(string key) => SettingsTable.All.Single(row => row.Key == key);

    private AgentSettings Read(string file, (string Name, string Value)[] environment, (string Key, string Value)[] flags)
    {
        File.WriteAllText(ConfigFile, file);
        var variables = environment.ToDictionary(pair => pair.Name, pair => pair.Value);
        return SettingsReader.Read(ConfigFile, name => variables.GetValueOrDefault(name), flags.ToDictionary(pair => pair.Key, pair => pair.Value));
    }

    private string Refusal(string file, (string Name, string Value)[] environment, (string Key, string Value)[] flags) =>
        Assert.Throws<SettingsException>(() => Read(file, environment, flags)).Message;
}
