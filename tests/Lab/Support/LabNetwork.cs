using System.Globalization;

namespace Agent.Lab.Tests.Support;

/// <summary>Machines of one test, each a network namespace with eth0 on a common bridge (10.0.0.0/24), a folder for files, and what runs there.</summary>
/// <remarks>Everything is gone after <see cref="Dispose"/>: processes by their ids, then the namespaces, then the folder.</remarks>
internal sealed class LabNetwork : IDisposable
{
    private static int _last;

    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"t-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-");
    private readonly List<string> _namespaces = [];
    private readonly List<LabProcess> _processes = [];

    /// <summary>Where the test's files are.</summary>
    public string Folder => _folder.FullName;

    /// <summary>A lab with these machines and addresses; the fabric is a namespace of its own.</summary>
    public static async Task<LabNetwork> CreateAsync(params (string Machine, string Address)[] machines)
    {
        var lab = new LabNetwork();
        try
        {
            await lab.AddNamespaceAsync("fabric");
            await lab.IpAsync("fabric", "link add br0 type bridge forward_delay 0", "link set br0 up");
            foreach (var (machine, address) in machines)
            {
                await lab.AddNamespaceAsync(machine);
                await lab.IpAsync(
                    "fabric", $"link add {machine} type veth peer name eth0 netns {lab.Netns(machine)}", $"link set {machine} master br0 up");
                await lab.IpAsync(machine, "link set eth0 up", $"address add {address}/24 dev eth0");
            }

            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>The name of a machine's network namespace.</summary>
    public string Netns(string machine) => $"{_prefix}-{machine}";

    /// <summary>A path in the test's folder.</summary>
    public string FileOf(string name) => Path.Combine(Folder, name);

    /// <summary>One more machine, connected to nothing: a pod before CNI ADD.</summary>
    public async Task AddNamespaceAsync(string machine)
    {
        var name = Netns(machine);
        await LabProcess.ReadAsync(null, "ip", "netns", "add", name);
        lock (_namespaces) _namespaces.Add(name);
        await LabProcess.ReadAsync(null, "ip", "-n", name, "link", "set", "lo", "up");
    }

    /// <summary>Changes a machine with iproute2.</summary>
    public async Task IpAsync(string machine, params string[] commands)
    {
        foreach (var command in commands) await LabProcess.ReadAsync(null, ["ip", "-n", Netns(machine), .. command.Split(' ')]);
    }

    /// <summary>Runs a program on a machine; it must succeed.</summary>
    public Task<string> ReadAsync(string machine, params string[] command) => LabProcess.ReadAsync(Netns(machine), command);

    /// <summary>Waits until a machine hears an answer from the address: links and neighbours need a moment, and a packet may be lost.</summary>
    public Task PingAsync(string machine, string address) => Eventually.BecomesAsync(
        $"{machine} reaches {address}", () => LabProcess.RunAsync(Netns(machine), ["ping", "-c", "1", "-W", "1", address]),
        ended => ended.ExitCode == 0);

    /// <summary>A machine's IPv4 routes, without the connected one.</summary>
    public async Task<string> RoutesAsync(string machine) => string.Join(
        '\n', (await ReadAsync(machine, "ip", "-4", "route")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains("proto kernel", StringComparison.Ordinal)).Select(line => line.TrimEnd()));

    /// <summary>A machine's IPv6 routes, without the connected ones.</summary>
    public async Task<string> Routes6Async(string machine) => string.Join(
        '\n', (await ReadAsync(machine, "ip", "-6", "route")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains("proto kernel", StringComparison.Ordinal)).Select(line => line.TrimEnd()));

    /// <summary>Everything of a machine's kernel that an agent may change.</summary>
    public async Task<string> KernelAsync(string machine) =>
        await ReadAsync(machine, "ip", "-4", "route", "show", "table", "all") + await ReadAsync(machine, "ip", "-o", "-4", "address")
        + await ReadAsync(machine, "nft", "list", "ruleset") + await ReadAsync(machine, "cat", "/proc/sys/net/ipv4/ip_forward");

    /// <summary>Waits until the agent of a machine has set its kernel up, and gives what it is then.</summary>
    public Task<string> SetUpAsync(string machine) => Eventually.BecomesAsync(
        "the agent has written its nftables", () => KernelAsync(machine), kernel => kernel.Contains("agent-nat", StringComparison.Ordinal));

    /// <summary>Waits until a machine has every one of these among its routes, and gives them all.</summary>
    public Task<string> RoutesWithAsync(string machine, params string[] parts) => Eventually.BecomesAsync(
        $"{machine} has routes with: {string.Join(", ", parts)}", () => RoutesAsync(machine),
        routes => parts.All(part => routes.Contains(part, StringComparison.Ordinal)));

    /// <summary>Starts a program that runs until the test ends or ends it.</summary>
    public LabProcess Start(string machine, IEnumerable<string> command, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var process = LabProcess.Start(Netns(machine), command, environment);
        _processes.Add(process);
        return process;
    }

    /// <summary>Follows every change of a machine's IPv4 routes from now on, in the watcher's output.</summary>
    public async Task<LabProcess> WatchRoutesAsync(string machine)
    {
        var watcher = Start(machine, ["stdbuf", "-oL", "ip", "-4", "monitor", "route"]);
        // The watcher listens once it shows a change: one that is made for it and taken back, in a table that nobody else reads.
        await Eventually.BecomesAsync(
            "the watcher of routes sees a change",
            async () =>
            {
                await IpAsync(machine, "route add blackhole 192.0.2.1/32 table 99", "route delete blackhole 192.0.2.1/32 table 99");
                return watcher.Output;
            },
            seen => seen.Contains("Deleted blackhole 192.0.2.1 table 99", StringComparison.Ordinal));
        return watcher;
    }

    /// <summary>The changes that a watcher saw, but for those that were made for it.</summary>
    public static string[] ChangesSeenBy(LabProcess watcher) =>
        [.. watcher.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("192.0.2.1 table 99", StringComparison.Ordinal))];

    public void Dispose()
    {
        foreach (var process in Enumerable.Reverse(_processes)) process.Dispose();
        foreach (var name in _namespaces) LabProcess.ReadAsync(null, "ip", "netns", "delete", name).GetAwaiter().GetResult();
        _folder.Delete(recursive: true);
    }
}
