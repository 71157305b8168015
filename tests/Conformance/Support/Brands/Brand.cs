using System.Globalization;
using Agent.Bgp;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>Another implementation of BGP, on a machine of the lab, with one session to our node.</summary>
internal abstract class Brand(LabNetwork lab, string machine, BrandOptions options)
{
    /// <summary>How it is to be.</summary>
    public BrandOptions Options { get; set; } = options;

    /// <summary>The lab that it is in.</summary>
    protected LabNetwork Lab { get; } = lab;

    /// <summary>Its machine, and the name of its files.</summary>
    protected string Machine { get; } = machine;

    /// <summary>Its process; null while it does not run.</summary>
    protected LabProcess? Process { get; private set; }

    /// <summary>The brands by name.</summary>
    public static readonly string[] Names = ["bird", "frr", "gobgp", "openbgpd", "exabgp"];

    /// <summary>A brand by its name.</summary>
    public static Brand Of(string name, LabNetwork lab, string machine, BrandOptions options) => name switch
    {
        "bird" => new Bird(lab, machine, options),
        "frr" => new Frr(lab, machine, options),
        "gobgp" => new GoBgp(lab, machine, options),
        "openbgpd" => new OpenBgpd(lab, machine, options),
        "exabgp" => new ExaBgp(lab, machine, options),
        _ => throw new ArgumentException($"there is no brand {name}", nameof(name)),
    };

    /// <summary>The families that it carries over one session: OpenBGPD announces only that of the transport.</summary>
    public static IpFamily[] FamiliesOf(string name, bool overV6) => name != "openbgpd" ? [IpFamily.V4, IpFamily.V6]
        : overV6 ? [IpFamily.V6]
        : [IpFamily.V4];

    /// <summary>Writes the configuration and starts it; it answers when this is done.</summary>
    public async Task StartAsync()
    {
        Process = Lab.Start(Machine, Configure(), Environment);
        await Eventually.BecomesAsync(
            $"{GetType().Name} answers",
            async () => Process.HasEnded ? throw new InvalidOperationException(Process.Output + Process.Errors) : await AnswersAsync(),
            answers => answers);
    }

    /// <summary>Kills it: nothing is said to the peer.</summary>
    public Task KillAsync() => Process!.EndAsync("KILL");

    /// <summary>Sends a signal to it and all that it has started.</summary>
    public async Task SignalAsync(string signal)
    {
        var processes = new List<string> { Process!.Id.ToString(CultureInfo.InvariantCulture) };
        for (var at = 0; at < processes.Count; at++)
            processes.AddRange((await LabProcess.RunAsync(null, ["pgrep", "-P", processes[at]])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        // What it started for a moment may be gone by now.
        await LabProcess.RunAsync(null, ["kill", "-" + signal, .. processes]);
    }

    /// <summary>Waits until it says that the session is established.</summary>
    public Task EstablishedAsync() =>
        Eventually.BecomesAsync($"{GetType().Name} has its session", IsEstablishedAsync, established => established);

    /// <summary>Waits until it has exactly these routes from our node: <c>PREFIX via NEXTHOP</c>.</summary>
    public Task HasAsync(params string[] routes) => Eventually.IsAsync(
        string.Join('\n', routes.Order(StringComparer.Ordinal)),
        async () => string.Join('\n', (await RoutesAsync()).Order(StringComparer.Ordinal)));

    /// <summary>What its process has written.</summary>
    public string Said => Process?.Output + Process?.Errors;

    /// <summary>Whether it says that the session is established.</summary>
    public abstract Task<bool> IsEstablishedAsync();

    /// <summary>The routes that it has from our node: <c>PREFIX via NEXTHOP</c>.</summary>
    public abstract Task<IEnumerable<string>> RoutesAsync();

    /// <summary>Every path of a prefix that it has from our node, with attributes.</summary>
    public abstract Task<IReadOnlyList<BrandRoute>> PathsAsync(string prefix);

    /// <summary>Waits until it has one path of the prefix from our node, which is this one.</summary>
    public Task HasAsync(string prefix, BrandRoute route) => Eventually.IsAsync(
        route.ToString(), async () => string.Join('\n', await PathsAsync(prefix)));

    /// <summary>Asks our node for all routes again (RFC 2918).</summary>
    public abstract Task RefreshAsync();

    /// <summary>Takes another password for the session, without being started anew.</summary>
    public abstract Task ChangePasswordAsync(string password);

    /// <summary>Announces a prefix.</summary>
    public abstract Task AnnounceAsync(string prefix);

    /// <summary>Takes a prefix back.</summary>
    public abstract Task WithdrawAsync(string prefix);

    /// <summary>The environment of the process.</summary>
    protected virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    /// <summary>Writes the configuration and gives the command.</summary>
    protected abstract string[] Configure();

    /// <summary>Whether it takes questions.</summary>
    protected abstract Task<bool> AnswersAsync();

    /// <summary>Asks it on its machine: what it printed, empty when the question was not understood.</summary>
    protected async Task<string> AskAsync(params string[] command)
    {
        var ended = await LabProcess.RunAsync(Lab.Netns(Machine), command);
        return ended.ExitCode == 0 ? ended.Output : "";
    }

    /// <summary>Tells it something on its machine, again until it has taken that: one that is busy may let the command wait too long.</summary>
    protected Task<Ended> TellAsync(params string[] command) => Eventually.BecomesAsync(
        $"{GetType().Name} takes: {string.Join(' ', command)}", () => LabProcess.RunAsync(Lab.Netns(Machine), command), ended => ended.ExitCode == 0);

    /// <summary>LLGR_STALE (RFC 9494 §3.2).</summary>
    public const string LongLivedStale = "65535:6";

    /// <summary>True for a prefix of IPv6.</summary>
    protected static bool IsV6(string prefix) => prefix.Contains(':', StringComparison.Ordinal);
}

/// <summary>How a brand is configured.</summary>
internal sealed record BrandOptions
{
    /// <summary>The last part of its addresses, 10.0.0.HOST and fd00::HOST.</summary>
    public int Host { get; init; } = 1;

    /// <summary>Its AS.</summary>
    public uint Asn { get; init; } = 65001;

    /// <summary>The last part of our node's addresses.</summary>
    public int NodeHost { get; init; } = 10;

    /// <summary>Other routers that it hears routes from and tells none: hosts of ExaBGPs, each of the AS that <see cref="SourceAsn"/> says.</summary>
    public int[] Sources { get; init; } = [];

    /// <summary>Our node's AS.</summary>
    public uint NodeAsn { get; init; } = 64512;

    /// <summary>True for a session over IPv6.</summary>
    public bool OverV6 { get; init; }

    /// <summary>The families that the session carries.</summary>
    public IpFamily[] Families { get; init; } = [IpFamily.V4];

    /// <summary>What it announces from its start.</summary>
    public string[] Routes { get; init; } = [];

    /// <summary>The TCP MD5 password; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>Expects a TTL of 255.</summary>
    public bool Gtsm { get; init; }

    /// <summary>Waits for our connection.</summary>
    public bool Passive { get; init; }

    /// <summary>After how many seconds it dials anew, where that is a setting.</summary>
    public int ConnectRetry { get; init; } = 1;

    /// <summary>Offers graceful restart.</summary>
    public bool GracefulRestart { get; init; }

    /// <summary>The restart time that it offers, in seconds.</summary>
    public int RestartTime { get; init; } = 120;

    /// <summary>How long it asks us to keep its routes beyond the restart time, in seconds (RFC 9494); null offers no long-lived restart.</summary>
    public int? StaleTime { get; init; }

    /// <summary>Was running before, and its kernel has kept the routes.</summary>
    public bool Restarting { get; init; }

    /// <summary>Offers anything at all (RFC 5492).</summary>
    public bool Capabilities { get; init; } = true;

    /// <summary>Offers route refresh.</summary>
    public bool RouteRefresh { get; init; } = true;

    /// <summary>Offers enhanced route refresh, where that is a switch.</summary>
    public bool EnhancedRefresh { get; init; } = true;

    /// <summary>Offers messages of more than 4096 bytes, where that is a switch.</summary>
    public bool ExtendedMessages { get; init; } = true;

    /// <summary>What it is to us (RFC 9234); null offers no role.</summary>
    public string? Role { get; init; }

    /// <summary>Offers ADD-PATH, both ways.</summary>
    public bool AddPath { get; init; }

    /// <summary>Offers AS numbers of four bytes.</summary>
    public bool As4 { get; init; } = true;

    /// <summary>Its IPv4 address.</summary>
    public string V4 => $"10.0.0.{Host}";

    /// <summary>Its end of the session.</summary>
    public string Address => OverV6 ? $"fd00::{Host}" : V4;

    /// <summary>Our end of the session.</summary>
    public string Node => OverV6 ? $"fd00::{NodeHost}" : $"10.0.0.{NodeHost}";

    /// <summary>The AS of a source of routes.</summary>
    public static uint SourceAsn(int host) => 65100 + (uint)host;

    /// <summary>The name of the session on our side.</summary>
    public string Session => "to-" + Host;

    /// <summary>Those of these routes whose family the session carries.</summary>
    public string[] Carried(params string[] routes) =>
        [.. routes.Where(route => Families.Contains(route.Contains(':', StringComparison.Ordinal) ? IpFamily.V6 : IpFamily.V4))];

    /// <summary>Our side of the session.</summary>
    public PeerSpec Spec(Func<SessionSettings, SessionSettings>? change = null, PeerPolicy? policy = null)
    {
        var settings = new SessionSettings
        {
            LocalAs = NodeAsn,
            RouterId = IpAddr.Parse($"10.0.0.{NodeHost}").V4Value,
            PeerAs = Asn,
            PeerAddress = IpAddr.Parse(Address),
            LocalAddress = IpAddr.Parse(Node),
            OtherNextHop = IpAddr.Parse(OverV6 ? $"10.0.0.{NodeHost}" : $"fd00::{NodeHost}"),
            Families = [.. Families],
            HoldTime = TimeSpan.FromSeconds(90),
        };
        return new PeerSpec
        {
            Name = Session,
            Type = PeerType.Global,
            Session = change?.Invoke(settings) ?? settings,
            Policy = policy ?? new PeerPolicy(),
        };
    }
}
