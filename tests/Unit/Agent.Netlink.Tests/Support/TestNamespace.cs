using System.Diagnostics;
using System.Globalization;

namespace Agent.Netlink.Tests.Support;

/// <summary>A network namespace of this test alone, removed afterwards; changed from outside by iproute2.</summary>
public sealed class TestNamespace : IDisposable
{
    private static int _last;
    private readonly NetworkNamespace _netns;

    public TestNamespace()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"wt-netlink-{Environment.ProcessId}-{Interlocked.Increment(ref _last)}");
        _netns = NetworkNamespace.Create(Name);
        Ip("link set lo up");
    }

    public string Name { get; }

    public string Path => NetworkNamespace.PathOf(Name);

    public NetworkNamespace Netns => _netns;

    /// <summary>A veth up0 with 172.31.0.1/24, up, its peer up1 with an address of its own in the same namespace.</summary>
    public void AddUplink()
    {
        Ip("link add up0 type veth peer name up1");
        Ip("link set up1 up");
        Ip("link set up0 up");
        Ip("addr add 172.31.0.1/24 dev up0");
    }

    public string Ip(string arguments) => Run("ip", $"-n {Name} {arguments}");

    public string Exec(string command) => Run("ip", $"netns exec {Name} {command}");

    public void Dispose()
    {
        _netns.Dispose();
        NetworkNamespace.Delete(Name);
    }

    private static string Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {arguments}: exit {process.ExitCode}: {output}{errors.Result}");
    }
}
