using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>FRR's bgpd by itself, without zebra; it is asked and changed with vtysh.</summary>
internal sealed class Frr(LabNetwork lab, string machine, BrandOptions options) : Brand(lab, machine, options)
{
    private string Folder => Lab.FileOf($"{Machine}-frr");

    public override async Task<bool> IsEstablishedAsync() =>
        (await ShowAsync($"show bgp neighbors {Options.Node} json")).Contains("\"bgpState\":\"Established\"", StringComparison.Ordinal);

    public override async Task<IEnumerable<string>> RoutesAsync()
    {
        var routes = new List<string>();
        foreach (var family in Options.Families)
        {
            var text = await ShowAsync($"show bgp {(family == IpFamily.V4 ? "ipv4" : "ipv6")} unicast json");
            if (!text.StartsWith('{') || !JsonDocument.Parse(text).RootElement.TryGetProperty("routes", out var table)) continue;
            foreach (var prefix in table.EnumerateObject())
                foreach (var path in prefix.Value.EnumerateArray())
                    if (path.TryGetProperty("peerId", out var peer) && peer.GetString() == Options.Node)
                        routes.Add($"{prefix.Name} via {path.GetProperty("nexthops")[0].GetProperty("ip").GetString()}");
        }

        return routes;
    }

    public override async Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix)
    {
        var text = await ShowAsync($"show bgp {(IsV6(prefix) ? "ipv6" : "ipv4")} unicast {prefix} json");
        if (!text.StartsWith('{') || !JsonDocument.Parse(text).RootElement.TryGetProperty("paths", out var paths)) return [];
        return
        [
            .. from path in paths.EnumerateArray()
               where path.GetProperty("peer").TryGetProperty("peerId", out var peer) && peer.GetString() == Options.Node
               select new BrandRoute
               {
                   NextHop = path.GetProperty("nexthops")[0].GetProperty("ip").GetString()!,
                   AsPath = path.GetProperty("aspath").GetProperty("string").GetString() is var asPath && asPath == "Local" ? "" : asPath!,
                   Communities = path.TryGetProperty("community", out var communities)
                       ? string.Join(' ', communities.GetProperty("list").EnumerateArray().Select(each => each.GetString() is var text && text == "llgrStale" ? LongLivedStale : text))
                       : "",
                   Originator = path.TryGetProperty("originatorId", out var originator) ? originator.GetString()! : "",
                   Clusters = path.TryGetProperty("clusterList", out var clusters)
                       ? string.Join(' ', clusters.GetProperty("list").EnumerateArray().Select(each => each.GetString()))
                       : "",
               },
        ];
    }

    public override Task RefreshAsync() => TellAsync("vtysh", "--vty_socket", Folder, "-c", $"clear bgp {Options.Node} soft in");

    public override Task ChangePasswordAsync(string password)
    {
        Options = Options with { Password = password };
        return TellAsync(
            "vtysh", "--vty_socket", Folder, "-c", "configure terminal", "-c", string.Create(CultureInfo.InvariantCulture, $"router bgp {Options.Asn}"),
            "-c", $"neighbor {Options.Node} password {password}");
    }

    public override Task AnnounceAsync(string prefix) => ChangeAsync($"network {prefix}", IsV6(prefix));

    public override Task WithdrawAsync(string prefix) => ChangeAsync($"no network {prefix}", IsV6(prefix));

    /// <summary>What vtysh prints.</summary>
    public Task<string> ShowAsync(string command) => AskAsync("vtysh", "--vty_socket", Folder, "-c", command);

    protected override string[] Configure()
    {
        // bgpd reads its file as nobody in particular: the folder must be open.
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Lab.Folder, File.GetUnixFileMode(Lab.Folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        var node = Options.Node;
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"frr defaults traditional");
        Line($"router bgp {Options.Asn}");
        Line($" bgp router-id {Options.V4}");
        Line($" no bgp ebgp-requires-policy");
        Line($" no bgp network import-check");
        Line($" no bgp default ipv4-unicast");
        Line($" bgp graceful-restart{(Options.GracefulRestart ? "" : "-disable")}");
        if (Options.GracefulRestart) Line($" bgp graceful-restart preserve-fw-state");
        if (Options.GracefulRestart) Line($" bgp graceful-restart restart-time {Options.RestartTime}");
        if (Options.StaleTime is { } stale) Line($" bgp long-lived-graceful-restart stale-time {stale}");
        Line($" neighbor {node} remote-as {Options.NodeAsn}");
        Line($" neighbor {node} timers 30 90");
        Line($" neighbor {node} timers connect {Options.ConnectRetry}");
        Line($" neighbor {node} advertisement-interval 0");
        Line($" neighbor {node} disable-connected-check");
        if (Options.Passive) Line($" neighbor {node} passive");
        if (Options.Password is not null) Line($" neighbor {node} password {Options.Password}");
        if (Options.Gtsm) Line($" neighbor {node} ttl-security hops 1");
        if (Options.Role is { } role) Line($" neighbor {node} local-role {role}");
        if (!Options.As4 || !Options.Capabilities) Line($" neighbor {node} dont-capability-negotiate");
        foreach (var source in Options.Sources)
        {
            Line($" neighbor 10.0.0.{source} remote-as {BrandOptions.SourceAsn(source)}");
            Line($" neighbor 10.0.0.{source} timers connect 1");
            Line($" neighbor 10.0.0.{source} disable-connected-check");
            Line($" address-family ipv4 unicast");
            Line($"  neighbor 10.0.0.{source} activate");
            Line($"  neighbor 10.0.0.{source} route-map none out");
            Line($" exit-address-family");
        }

        foreach (var family in Options.Families)
        {
            var v6 = family == IpFamily.V6;
            Line($" address-family {(v6 ? "ipv6" : "ipv4")} unicast");
            Line($"  neighbor {node} activate");
            if (Options.AddPath) Line($"  neighbor {node} addpath-tx-all-paths");
            if (v6 != Options.OverV6) Line($"  neighbor {node} route-map own-{(v6 ? "6" : "4")} out");
            foreach (var route in Options.Routes.Where(route => IsV6(route) == v6)) Line($"  network {route}");
            Line($" exit-address-family");
        }

        Line($"route-map none deny 10");
        Line($"route-map own-6 permit 10");
        Line($" set ipv6 next-hop global fd00::{Options.Host}");
        Line($"route-map own-4 permit 10");
        Line($" set ip next-hop {Options.V4}");
        var file = Path.Combine(Folder, "bgpd.conf");
        File.WriteAllText(file, text.ToString());
        return
        [
            "/usr/lib/frr/bgpd", "-Z", "-S", "-f", file, "-i", Path.Combine(Folder, "bgpd.pid"), "-P", "0", "-l", Options.Address,
            "--vty_socket", Folder, "--log", "stdout", "--log-level", "warnings",
        ];
    }

    protected override async Task<bool> AnswersAsync() => (await ShowAsync("show version")).Contains("FRR", StringComparison.Ordinal);

    private Task<Ended> ChangeAsync(string command, bool v6) => TellAsync(
        "vtysh", "--vty_socket", Folder, "-c", "configure terminal", "-c", string.Create(CultureInfo.InvariantCulture, $"router bgp {Options.Asn}"),
        "-c", $"address-family {(v6 ? "ipv6" : "ipv4")} unicast", "-c", command);
}
