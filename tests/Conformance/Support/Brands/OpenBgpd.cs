using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>OpenBGPD; it is asked and changed with bgpctl.</summary>
internal sealed class OpenBgpd(LabNetwork lab, string machine, BrandOptions options) : Brand(lab, machine, options)
{
    // Where its unprivileged processes lock themselves in: its user's home, which the package makes at boot.
    private const string Jail = "/run/openbgpd";

    private string Socket => Lab.FileOf($"{Machine}.sock");

    public override async Task<bool> IsEstablishedAsync() =>
        (await CtlAsync("show", "neighbor", Options.Node)).Contains("BGP state = Established", StringComparison.Ordinal);

    public override async Task<IEnumerable<string>> RoutesAsync()
    {
        var text = await CtlAsync("-j", "show", "rib", "neighbor", Options.Node);
        if (!text.StartsWith('{') || !JsonDocument.Parse(text).RootElement.TryGetProperty("rib", out var rib)) return [];
        return rib.EnumerateArray().Select(path =>
            $"{path.GetProperty("prefix").GetString()} via {path.GetProperty("exit_nexthop").GetString()}");
    }

    public override async Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix)
    {
        var text = await CtlAsync("-j", "show", "rib", "detail", prefix);
        if (!text.StartsWith('{') || !JsonDocument.Parse(text).RootElement.TryGetProperty("rib", out var rib)) return [];
        return
        [
            .. from path in rib.EnumerateArray()
               where path.GetProperty("neighbor").GetProperty("remote_addr").GetString() == Options.Node
               select (path.TryGetProperty("attributes", out var attributes) ? attributes.EnumerateArray() : []).Aggregate(
                   new BrandRoute
                   {
                       NextHop = path.GetProperty("exit_nexthop").GetString()!,
                       AsPath = path.GetProperty("aspath").GetString()!,
                       Communities = path.TryGetProperty("communities", out var communities)
                           ? string.Join(' ', communities.EnumerateArray().Select(each => each.GetString()))
                           : "",
                   },
                   (route, attribute) =>
                       attribute.TryGetProperty("originator", out var originator) ? route with { Originator = originator.GetString()! }
                       : attribute.TryGetProperty("cluster_list", out var clusters)
                           ? route with { Clusters = string.Join(' ', clusters.EnumerateArray().Select(each => each.GetString())) }
                       : route),
        ];
    }

    public override Task RefreshAsync() => TellAsync("bgpctl", "-s", Socket, "neighbor", Options.Node, "refresh");

    public override async Task ChangePasswordAsync(string password)
    {
        Options = Options with { Password = password };
        Configure();
        await TellAsync("bgpctl", "-s", Socket, "reload");
    }

    public override Task AnnounceAsync(string prefix) => TellAsync("bgpctl", "-s", Socket, "network", "add", prefix);

    public override Task WithdrawAsync(string prefix) => TellAsync("bgpctl", "-s", Socket, "network", "delete", prefix);

    protected override string[] Configure()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"AS {Options.Asn}{(Options.Asn > 65535 ? " 23456" : "")}");
        Line($"router-id {Options.V4}");
        Line($"fib-update no");
        Line($"holdtime 90");
        Line($"connect-retry 1");
        Line($"listen on {Options.Address}");
        Line($"socket \"{Socket}\"");
        foreach (var route in Options.Routes) Line($"network {route}");
        Line($"neighbor {Options.Node} {{");
        Line($"  remote-as {Options.NodeAsn}");
        Line($"  local-address {Options.Address}");
        if (Options.Passive) Line($"  passive");
        if (Options.Gtsm) Line($"  ttl-security yes");
        if (Options.Password is not null) Line($"  tcp md5sig password {Options.Password}");
        Line($"  announce as-4byte {(Options.As4 ? "yes" : "no")}");
        Line($"  announce capabilities {(Options.Capabilities ? "yes" : "no")}");
        Line($"  announce refresh {(Options.RouteRefresh ? "yes" : "no")}");
        Line($"  announce enhanced refresh {(Options.EnhancedRefresh ? "yes" : "no")}");
        Line($"  announce policy {Options.Role ?? "no"}");
        Line($"  announce restart {(Options.GracefulRestart ? "yes" : "no")}");
        Line($"  announce IPv4 {(Options.Families.Contains(IpFamily.V4) ? "unicast" : "none")}");
        Line($"  announce IPv6 {(Options.Families.Contains(IpFamily.V6) ? "unicast" : "none")}");
        if (Options.AddPath) Line($"  announce add-path recv yes");
        if (Options.AddPath) Line($"  announce add-path send all");
        Line($"}}");
        foreach (var source in Options.Sources)
        {
            Line($"neighbor 10.0.0.{source} {{");
            Line($"  remote-as {BrandOptions.SourceAsn(source)}");
            Line($"  export none");
            Line($"}}");
        }

        Line($"allow from any");
        Line($"allow to any");
        if (Options.Families.Contains(IpFamily.V6) && !Options.OverV6)
            Line($"match to {Options.Node} inet6 set nexthop fd00::{Options.Host}");
        Directory.CreateDirectory(Jail, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var file = Lab.FileOf($"{Machine}.conf");
        File.WriteAllText(file, text.ToString());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return ["bgpd", "-d", "-f", file];
    }

    protected override async Task<bool> AnswersAsync() => (await CtlAsync("show", "summary")).Length > 0;

    private Task<string> CtlAsync(params string[] words) => AskAsync(["bgpctl", "-s", Socket, .. words]);
}
