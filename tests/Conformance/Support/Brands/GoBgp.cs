using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>GoBGP; it is asked and changed with its command gobgp.</summary>
internal sealed class GoBgp(LabNetwork lab, string machine, BrandOptions options) : Brand(lab, machine, options)
{
    public override async Task<bool> IsEstablishedAsync() =>
        (await AskAsync("gobgp", "neighbor", Options.Node)).Contains("BGP state = ESTABLISHED", StringComparison.Ordinal);

    public override async Task<IEnumerable<string>> RoutesAsync()
    {
        var routes = new List<string>();
        foreach (var family in Options.Families)
        {
            var text = await AskAsync("gobgp", "-j", "neighbor", Options.Node, "adj-in", "-a", NameOf(family));
            if (text.Length == 0 || text[0] != '{') continue;
            foreach (var prefix in JsonDocument.Parse(text).RootElement.EnumerateObject())
                foreach (var path in prefix.Value.EnumerateArray())
                    foreach (var attribute in path.GetProperty("attrs").EnumerateArray())
                        if (attribute.TryGetProperty("nexthop", out var hop)) routes.Add($"{prefix.Name} via {hop.GetString()}");
        }

        return routes;
    }

    public override async Task AnnounceAsync(string prefix) => await AskAsync(["gobgp", .. Add(prefix)]);

    public override Task WithdrawAsync(string prefix) =>
        AskAsync("gobgp", "global", "rib", "del", prefix, "-a", IsV6(prefix) ? "ipv6" : "ipv4");

    protected override string[] Configure()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $$"""
            [global.config]
              as = {{Options.Asn}}
              router-id = "{{Options.V4}}"
              local-address-list = ["{{Options.Address}}"]
            [[neighbors]]
              [neighbors.config]
                neighbor-address = "{{Options.Node}}"
                peer-as = {{Options.NodeAsn}}
                auth-password = "{{Options.Password}}"
              [neighbors.transport.config]
                passive-mode = {{(Options.Passive ? "true" : "false")}}
                local-address = "{{Options.Address}}"
              [neighbors.ttl-security.config]
                enabled = {{(Options.Gtsm ? "true" : "false")}}
                ttl-min = 255
              [neighbors.timers.config]
                connect-retry = 1
                idle-hold-time-after-reset = 1
                hold-time = 90
                keepalive-interval = 30
              [neighbors.graceful-restart.config]
                enabled = {{(Options.GracefulRestart ? "true" : "false")}}
                restart-time = 120
                deferral-time = 1

            """);
        foreach (var family in Options.Families)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                [[neighbors.afi-safis]]
                  [neighbors.afi-safis.config]
                    afi-safi-name = "{{NameOf(family)}}-unicast"
                  [neighbors.afi-safis.mp-graceful-restart.config]
                    enabled = {{(Options.GracefulRestart ? "true" : "false")}}
                  [neighbors.afi-safis.add-paths.config]
                    receive = {{(Options.AddPath ? "true" : "false")}}
                    send-max = {{(Options.AddPath ? 8 : 0)}}

                """);
        }

        var file = Lab.FileOf($"{Machine}.toml");
        File.WriteAllText(file, text.ToString());
        return ["gobgpd", "-f", file, "-l", "warn", "--api-hosts", "127.0.0.1:50051", .. Options.GracefulRestart ? ["-r"] : Array.Empty<string>()];
    }

    protected override async Task<bool> AnswersAsync()
    {
        if ((await AskAsync("gobgp", "neighbor")).Length == 0) return false;
        foreach (var route in Options.Routes) await AnnounceAsync(route);
        return true;
    }

    private string[] Add(string prefix) =>
    [
        "global", "rib", "add", prefix, "-a", IsV6(prefix) ? "ipv6" : "ipv4", "nexthop",
        IsV6(prefix) ? $"fd00::{Options.Host}" : Options.V4,
    ];

    private static string NameOf(IpFamily family) => family == IpFamily.V4 ? "ipv4" : "ipv6";
}
