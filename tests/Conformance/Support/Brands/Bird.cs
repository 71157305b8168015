using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>BIRD 2: its routes are static ones; a change of them is a new configuration.</summary>
internal sealed partial class Bird(LabNetwork lab, string machine, BrandOptions options) : Brand(lab, machine, options)
{
    private readonly SortedSet<string> _routes = new(options.Routes, StringComparer.Ordinal);

    private string ConfigFile => Lab.FileOf($"{Machine}.conf");

    private string ControlFile => Lab.FileOf($"{Machine}.ctl");

    public override async Task<bool> IsEstablishedAsync() =>
        (await AskAsync("birdc", "-s", ControlFile, "show", "protocols", "node")).Contains("Established", StringComparison.Ordinal);

    public override async Task<IEnumerable<string>> RoutesAsync()
    {
        var table = await AskAsync("birdc", "-s", ControlFile, "show", "route", "all", "protocol", "node");
        var routes = new List<string>();
        var prefix = "";
        foreach (var line in table.Split('\n'))
        {
            if (Prefix().Match(line) is { Success: true } match)
            {
                if (match.Groups[1].Length > 0) prefix = match.Groups[1].Value;
            }
            else if (line.Contains("BGP.next_hop: ", StringComparison.Ordinal)) routes.Add($"{prefix} via {line.Split(' ')[1]}");
        }

        return routes;
    }

    public override async Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix)
    {
        var table = await AskAsync("birdc", "-s", ControlFile, "show", "route", "all", prefix, "protocol", "node");
        var routes = new List<BrandRoute>();
        foreach (var line in table.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("BGP.as_path:", StringComparison.Ordinal)) routes.Add(new BrandRoute { NextHop = "", AsPath = line[12..].Trim() });
            else if (line.StartsWith("BGP.next_hop: ", StringComparison.Ordinal)) routes[^1] = routes[^1] with { NextHop = line.Split(' ')[1] };
            else if (line.StartsWith("BGP.originator_id: ", StringComparison.Ordinal)) routes[^1] = routes[^1] with { Originator = line.Split(' ')[1] };
            else if (line.StartsWith("BGP.cluster_list: ", StringComparison.Ordinal)) routes[^1] = routes[^1] with { Clusters = line[18..] };
            else if (line.StartsWith("BGP.community: ", StringComparison.Ordinal) || (line.StartsWith('(') && line.EndsWith(')')))
            {
                var more = string.Join(' ', Community().Matches(line).Select(match => $"{match.Groups[1]}:{match.Groups[2]}"));
                routes[^1] = routes[^1] with { Communities = $"{routes[^1].Communities} {more}".Trim() };
            }
        }

        return routes;
    }

    public override Task RefreshAsync() => TellAsync("birdc", "-s", ControlFile, "reload", "in", "node");

    public override Task ChangePasswordAsync(string password)
    {
        Options = Options with { Password = password };
        return ReloadAsync();
    }

    /// <summary>Everything that BIRD says of the session.</summary>
    public Task<string> ShowSessionAsync() => AskAsync("birdc", "-s", ControlFile, "show", "protocols", "all", "node");

    /// <summary>A command.</summary>
    public Task<string> CommandAsync(params string[] words) => AskAsync(["birdc", "-s", ControlFile, .. words]);

    public override async Task AnnounceAsync(string prefix)
    {
        _routes.Add(prefix);
        await ReloadAsync();
    }

    public override async Task WithdrawAsync(string prefix)
    {
        _routes.Remove(prefix);
        await ReloadAsync();
    }

    /// <summary>Writes the configuration as it is now and has BIRD read it.</summary>
    public async Task ReloadAsync()
    {
        Configure();
        await TellAsync("birdc", "-s", ControlFile, "configure");
    }

    protected override string[] Configure()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $$"""
            router id {{Options.V4}};
            log "{{Lab.FileOf($"{Machine}.log")}}" all;
            protocol device { scan time 1; }
            protocol direct { ipv4; ipv6; }
            protocol static static4 { ipv4; {{Static(v6: false)}} }
            protocol static static6 { ipv6; {{Static(v6: true)}} }
            protocol bgp node {
              local {{Options.Address}} as {{Options.Asn}}; neighbor {{Options.Node}} {{(Options is { As4: false, NodeAsn: > ushort.MaxValue } ? "external" : $"as {Options.NodeAsn}")}};
              connect delay time 1; connect retry time {{Options.ConnectRetry}}; error wait time 1, 2; hold time 90;
              graceful restart {{(Options.GracefulRestart ? "on" : "off")}};
              graceful restart time {{Options.RestartTime}};
              long lived graceful restart {{(Options is { GracefulRestart: true, StaleTime: not null } ? "on" : "off")}}; long lived stale time {{Options.StaleTime ?? 3600}};
              capabilities {{(Options.Capabilities ? "on" : "off")}};
              enable as4 {{(Options.As4 ? "on" : "off")}};
              enable route refresh {{(Options.RouteRefresh ? "on" : "off")}};
              enable extended messages {{(Options.ExtendedMessages ? "on" : "off")}};

            """);
        if (Options.Password is { } password) text.Append(CultureInfo.InvariantCulture, $"  password \"{password}\";\n");
        if (Options.Gtsm) text.Append("  ttl security on;\n");
        if (Options.Passive) text.Append("  passive on;\n");
        if (Options.Role is { } role) text.Append(CultureInfo.InvariantCulture, $"  local role {role};\n");
        foreach (var family in Options.Families)
        {
            var name = family == IpFamily.V4 ? "ipv4" : "ipv6";
            var hop = (family == IpFamily.V6) == Options.OverV6 ? "" : $"next hop address {(family == IpFamily.V4 ? Options.V4 : $"fd00::{Options.Host}")};";
            var paths = Options.AddPath ? "add paths on;" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {name} {{ import all; export where source ~ [RTS_STATIC, RTS_BGP]; {hop} {paths} }};\n");
        }

        text.Append("}\n");
        foreach (var source in Options.Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                protocol bgp source{{source}} {
                  local {{Options.V4}} as {{Options.Asn}}; neighbor 10.0.0.{{source}} as {{BrandOptions.SourceAsn(source)}};
                  enable extended messages on; connect delay time 1; connect retry time 1; ipv4 { import all; export none; };
                }

                """);
        }

        File.WriteAllText(ConfigFile, text.ToString());
        return ["bird", "-f", "-c", ConfigFile, "-s", ControlFile, "-P", Lab.FileOf($"{Machine}.pid"), .. Options.Restarting ? ["-R"] : Array.Empty<string>()];
    }

    protected override async Task<bool> AnswersAsync() => (await AskAsync("birdc", "-s", ControlFile, "show", "status")).Length > 0;

    private string Static(bool v6) =>
        string.Concat(_routes.Where(route => IsV6(route) == v6).Select(route => $"route {route} blackhole; "));

    [GeneratedRegex(@"^(\S*)\s+\S+ \[node ")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\((\d+),\s*(\d+)\)")]
    private static partial Regex Community();
}
