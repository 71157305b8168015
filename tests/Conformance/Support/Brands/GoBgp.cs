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

    public override async Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix)
    {
        // Of the tables of GoBGP only the common one shows what becomes of stale routes.
        var text = await AskAsync("gobgp", "-j", "global", "rib", prefix, "-a", NameOf(IsV6(prefix) ? IpFamily.V6 : IpFamily.V4));
        if (text.Length == 0 || text[0] != '{') return [];
        return
        [
            .. from destination in JsonDocument.Parse(text).RootElement.EnumerateObject()
               where destination.Name == prefix
               from path in destination.Value.EnumerateArray()
               where path.TryGetProperty("neighbor-ip", out var neighbor) && neighbor.GetString() == Options.Node
               select path.GetProperty("attrs").EnumerateArray().Aggregate(new BrandRoute { NextHop = "" }, Read),
        ];
    }

    public override Task RefreshAsync() => throw new NotSupportedException("GoBGP keeps what it heard and never asks");

    public override async Task ChangePasswordAsync(string password)
    {
        Options = Options with { Password = password };
        Configure();
        await SignalAsync("HUP");
    }

    public override Task AnnounceAsync(string prefix) => TellAsync(["gobgp", .. Add(prefix)]);

    public override Task WithdrawAsync(string prefix) =>
        TellAsync("gobgp", "global", "rib", "del", prefix, "-a", IsV6(prefix) ? "ipv6" : "ipv4");

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
                restart-time = {{Options.RestartTime}}
                deferral-time = 1
                long-lived-enabled = {{(Options.StaleTime is null ? "false" : "true")}}

            """);
        foreach (var family in Options.Families)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                [[neighbors.afi-safis]]
                  [neighbors.afi-safis.config]
                    afi-safi-name = "{{NameOf(family)}}-unicast"
                  [neighbors.afi-safis.mp-graceful-restart.config]
                    enabled = {{(Options.GracefulRestart ? "true" : "false")}}
                  [neighbors.afi-safis.long-lived-graceful-restart.config]
                    enabled = {{(Options.StaleTime is null ? "false" : "true")}}
                    restart-time = {{Options.StaleTime ?? 0}}
                  [neighbors.afi-safis.add-paths.config]
                    receive = {{(Options.AddPath ? "true" : "false")}}
                    send-max = {{(Options.AddPath ? 8 : 0)}}

                """);
        }

        foreach (var source in Options.Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                [[neighbors]]
                  [neighbors.config]
                    neighbor-address = "10.0.0.{{source}}"
                    peer-as = {{BrandOptions.SourceAsn(source)}}
                  [neighbors.timers.config]
                    connect-retry = 1
                  [[neighbors.afi-safis]]
                    [neighbors.afi-safis.config]
                      afi-safi-name = "ipv4-unicast"

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

    private static BrandRoute Read(BrandRoute route, JsonElement attribute) => attribute.GetProperty("type").GetInt32() switch
    {
        2 => route with
        {
            AsPath = string.Join(' ', attribute.GetProperty("as_paths").EnumerateArray()
                .SelectMany(segment => segment.GetProperty("asns").EnumerateArray()).Select(asn => asn.GetUInt32())),
        },
        3 => route with { NextHop = attribute.GetProperty("nexthop").GetString()! },
        8 => route with
        {
            Communities = string.Join(' ', attribute.GetProperty("communities").EnumerateArray().Select(each => BrandRoute.Community(each.GetUInt32()))),
        },
        9 => route with { Originator = attribute.GetProperty("value").GetString()! },
        10 => route with { Clusters = string.Join(' ', attribute.GetProperty("value").EnumerateArray().Select(each => each.GetString())) },
        _ => route,
    };

    private static string NameOf(IpFamily family) => family == IpFamily.V4 ? "ipv4" : "ipv6";
}
