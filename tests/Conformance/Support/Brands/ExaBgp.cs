using System.Globalization;
using System.Text.Json;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>ExaBGP, which has no table: commands are lines of a file that it follows, and what it hears are lines of JSON that are added up here.</summary>
internal sealed class ExaBgp(LabNetwork lab, string machine, BrandOptions options) : Brand(lab, machine, options)
{
    private string Heard => Lab.FileOf($"{Machine}.heard");

    private string ConfigFile => Lab.FileOf($"{Machine}.conf");

    private string Script => Lab.FileOf($"{Machine}.sh");

    private string Commands => Lab.FileOf($"{Machine}.commands");

    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["exabgp_daemon_user"] = "root",
        ["exabgp_daemon_drop"] = "false",
        ["exabgp_api_cli"] = "false",
        ["exabgp_tcp_bind"] = options.Address,
        ["exabgp_log_level"] = "WARNING",
    };

    public override Task<bool> IsEstablishedAsync()
    {
        var state = Messages().LastOrDefault(message => message.GetProperty("type").GetString() == "state");
        return Task.FromResult(state.ValueKind == JsonValueKind.Object && state.GetProperty("neighbor").GetProperty("state").GetString() == "up");
    }

    public override Task<IEnumerable<string>> RoutesAsync()
    {
        var routes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var message in Messages())
        {
            var neighbor = message.GetProperty("neighbor");
            if (message.GetProperty("type").GetString() == "state" && neighbor.GetProperty("state").GetString() != "up") routes.Clear();
            if (!neighbor.TryGetProperty("message", out var inner) || !inner.TryGetProperty("update", out var update)) continue;
            if (update.TryGetProperty("withdraw", out var withdrawn))
                foreach (var family in withdrawn.EnumerateObject())
                    foreach (var route in family.Value.EnumerateArray()) routes.Remove(KeyOf(route));
            if (!update.TryGetProperty("announce", out var announced)) continue;
            foreach (var family in announced.EnumerateObject())
                foreach (var hop in family.Value.EnumerateObject())
                    if (hop.Name != "null")
                        foreach (var route in hop.Value.EnumerateArray()) routes[KeyOf(route)] = $"{Prefix(route)} via {hop.Name}";
        }

        return Task.FromResult<IEnumerable<string>>(routes.Values);
    }

    /// <remarks>Of each path identifier the last announcement.</remarks>
    public override Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix)
    {
        var routes = new SortedDictionary<string, BrandRoute>(StringComparer.Ordinal);
        foreach (var message in Messages())
        {
            if (!message.GetProperty("neighbor").TryGetProperty("message", out var inner) || !inner.TryGetProperty("update", out var update)
                || !update.TryGetProperty("announce", out var announced)) continue;
            foreach (var family in announced.EnumerateObject())
                foreach (var hop in family.Value.EnumerateObject())
                    if (hop.Name != "null")
                        foreach (var route in hop.Value.EnumerateArray().Where(route => Prefix(route) == prefix))
                            routes[KeyOf(route)] = Read(hop.Name, update.GetProperty("attribute"));
        }

        return Task.FromResult<IReadOnlyList<BrandRoute>>([.. routes.Values]);
    }

    /// <summary>Everything that it heard and sent, as lines of JSON.</summary>
    public string[] Lines => File.ReadAllText(Heard).Split('\n')[..^1];

    public override Task RefreshAsync() => CommandAsync("announce route-refresh ipv4 unicast");

    public override async Task ChangePasswordAsync(string password)
    {
        Options = Options with { Password = password };
        await File.WriteAllTextAsync(ConfigFile, Configuration());
        await LabProcess.ReadAsync(null, "kill", "-USR1", Process!.Id.ToString(CultureInfo.InvariantCulture));
    }

    public override Task AnnounceAsync(string prefix) => AnnounceAsync(prefix, "");

    /// <summary>Announces a prefix with attributes in ExaBGP's words.</summary>
    public Task AnnounceAsync(string prefix, string attributes) =>
        CommandAsync($"announce route {prefix} next-hop {(IsV6(prefix) ? $"fd00::{Options.Host}" : Options.V4)} {attributes}");

    public override Task WithdrawAsync(string prefix) =>
        CommandAsync($"withdraw route {prefix} next-hop {(IsV6(prefix) ? $"fd00::{Options.Host}" : Options.V4)}");

    /// <summary>One command.</summary>
    public Task CommandAsync(string command) => File.AppendAllTextAsync(Commands, command + "\n");

    protected override string[] Configure()
    {
        File.WriteAllText(Heard, "");
        File.WriteAllText(Commands, "");
        File.WriteAllText(Script, $"tail -n +1 -s 0.05 --pid=$PPID -f {Commands} &\nexec cat >> {Heard}\n");
        File.WriteAllText(ConfigFile, Configuration());
        return ["exabgp", ConfigFile];
    }

    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $$"""
            process lab { run /bin/sh {{Script}}; encoder json; }
            neighbor {{Options.Node}} {
              router-id {{Options.V4}}; local-address {{Options.Address}};
              local-as {{Options.Asn}}; peer-as {{Options.NodeAsn}}; hold-time 90;
              {{(Options.Password is { } password ? $"md5-password \"{password}\";" : "")}}
              {{(Options.Gtsm ? "outgoing-ttl 255; incoming-ttl 255;" : "")}}
              {{(Options.Passive ? "passive true; listen 179;" : "")}}
              capability {
                asn4 {{(Options.As4 ? "enable" : "disable")}}; route-refresh {{(Options.RouteRefresh ? "enable" : "disable")}};
                extended-message {{(Options.ExtendedMessages ? "enable" : "disable")}};
                {{(Options.GracefulRestart ? $"graceful-restart {Options.RestartTime};" : "")}}
                {{(Options.AddPath ? "add-path send/receive;" : "")}}
              }
              family { {{string.Concat(Options.Families.Select(family => family == IpFamily.V4 ? "ipv4 unicast; " : "ipv6 unicast; "))}} }
              api { processes [ lab ]; neighbor-changes; receive { parsed; update; } }
            }

            """);
    protected override async Task<bool> AnswersAsync()
    {
        foreach (var route in Options.Routes) await AnnounceAsync(route);
        return true;
    }

    private IEnumerable<JsonElement> Messages()
    {
        if (!File.Exists(Heard)) yield break;
        foreach (var line in File.ReadAllText(Heard).Split('\n')[..^1])
            if (line.StartsWith('{') && JsonDocument.Parse(line).RootElement is var message && message.TryGetProperty("neighbor", out _)) yield return message;
    }

    private static BrandRoute Read(string nextHop, JsonElement attributes) => new()
    {
        NextHop = nextHop,
        AsPath = Words(attributes, "as-path"),
        Communities = attributes.TryGetProperty("community", out var communities)
            ? string.Join(' ', communities.EnumerateArray().Select(each => $"{each[0]}:{each[1]}"))
            : "",
        Originator = attributes.TryGetProperty("originator-id", out var originator) ? originator.GetString()! : "",
        Clusters = Words(attributes, "cluster-list"),
    };

    private static string Words(JsonElement attributes, string name) => attributes.TryGetProperty(name, out var list)
        ? string.Join(' ', list.EnumerateArray().Select(each => each.ToString()))
        : "";

    private static string KeyOf(JsonElement route) =>
        route.ValueKind == JsonValueKind.String ? route.GetString()! : route.GetRawText();

    private static string Prefix(JsonElement route) =>
        route.ValueKind == JsonValueKind.String ? route.GetString()! : route.GetProperty("nlri").GetString()!;
}
