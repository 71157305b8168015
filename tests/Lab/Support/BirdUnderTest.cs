using System.Text.RegularExpressions;

namespace Agent.Lab.Tests.Support;

/// <summary>A real BIRD 2 on a machine of the lab: one BGP session with a node, routes into the kernel, everything it does in its log.</summary>
internal sealed partial class BirdUnderTest
{
    private readonly LabNetwork _lab;
    private readonly string _machine;
    private LabProcess? _process;

    /// <summary>Writes the configuration; nothing is started yet.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="machine">The machine, and the name of its files.</param>
    /// <param name="address">Its address.</param>
    /// <param name="asNumber">Its AS.</param>
    /// <param name="node">The node's address.</param>
    public BirdUnderTest(LabNetwork lab, string machine, string address, uint asNumber, string node)
    {
        (_lab, _machine) = (lab, machine);
        File.WriteAllText(ConfigFile, string.Create(null, $$"""
            router id {{address}};
            log "{{LogFile}}" all;
            protocol device { scan time 1; }
            protocol kernel kernel1 { ipv4 { export filter { if source = RTS_BGP then accept; reject; }; }; }
            protocol static static1 { ipv4; route 10.10.10.10/32 blackhole; }
            protocol bgp node {
              local {{address}} as {{asNumber}}; neighbor {{node}} as 64512;
              connect delay time 1; connect retry time 1; error wait time 1, 2;
              graceful restart on;
              debug all;
              ipv4 { import all; export where source = RTS_STATIC; };
            }

            """));
    }

    /// <summary>A BIRD with a configuration of its own, whose session with the node is the protocol <c>node</c>.</summary>
    public BirdUnderTest(LabNetwork lab, string machine, string configuration)
    {
        (_lab, _machine) = (lab, machine);
        File.WriteAllText(ConfigFile, $"log \"{LogFile}\" all;\n{configuration}\n");
    }

    private string ConfigFile => _lab.FileOf($"{_machine}.conf");

    private string LogFile => _lab.FileOf($"{_machine}.log");

    private string ControlFile => _lab.FileOf($"{_machine}.ctl");

    /// <summary>What BIRD has logged.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>Starts BIRD and waits until it answers.</summary>
    public async Task StartAsync(params string[] flags)
    {
        _process = _lab.Start(_machine, ["bird", "-f", "-c", ConfigFile, "-s", ControlFile, "-P", _lab.FileOf($"{_machine}.pid"), .. flags]);
        await Eventually.BecomesAsync(
            "BIRD answers", () => LabProcess.RunAsync(null, ["birdc", "-s", ControlFile, "show", "status"]), ended => ended.ExitCode == 0);
    }

    /// <summary>Has BIRD read another configuration.</summary>
    public Task ConfigureAsync(string configuration)
    {
        File.WriteAllText(ConfigFile, $"log \"{LogFile}\" all;\n{configuration}\n");
        return AskAsync("configure");
    }

    /// <summary>Stops BIRD before a restart of its own: routes stay in the kernel, and no NOTIFICATION is sent.</summary>
    public async Task StopForRestartAsync()
    {
        await AskAsync("graceful restart");
        await _process!.EndAsync();
    }

    /// <summary>Kills BIRD: no NOTIFICATION is sent.</summary>
    public Task KillAsync() => _process!.EndAsync("KILL");

    /// <summary>The answer to one command, without BIRD's greeting.</summary>
    public async Task<string> AskAsync(string command) =>
        string.Join('\n', (await LabProcess.ReadAsync(null, ["birdc", "-s", ControlFile, .. command.Split(' ')])).Split('\n').Skip(1)).Trim();

    /// <summary>The prefixes that BIRD has from the node, sorted, with their next hops.</summary>
    public async Task<string> RoutesAsync() => string.Join(
        '\n', RouteLine().Matches(await AskAsync("show route protocol node")).Select(match => $"{match.Groups[1]} via {match.Groups[2]}")
            .Order(StringComparer.Ordinal));

    /// <summary>The state of the session with the node.</summary>
    public async Task<string> SessionAsync() => (await AskAsync("show protocols node")).Split('\n')[^1];

    /// <summary>How many sessions of the node have told all their routes (End-of-RIB).</summary>
    public int EndsOfRib => EndOfRib().Count(Log);

    /// <summary>Lines of the log that say that a route to the prefix went away.</summary>
    public string[] Removals(string prefix) =>
        [.. Log.Split('\n').Where(line => line.Contains(prefix, StringComparison.Ordinal) && Removed().IsMatch(line))];

    [GeneratedRegex(@"^(\S+)\s+unicast \[node[^\n]*\n\s+via (\S+) on", RegexOptions.Multiline)]
    private static partial Regex RouteLine();

    [GeneratedRegex("Got END-OF-RIB")]
    private static partial Regex EndOfRib();

    [GeneratedRegex(" (removed|withdraw|deleted|stale)", RegexOptions.IgnoreCase)]
    private static partial Regex Removed();
}
