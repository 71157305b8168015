using System.Net;
using System.Net.Sockets;
using Agent.Netlink.Tests.Support;
using Agent.Primitives;

namespace Agent.Netlink.Tests;

/// <summary>A wired pod on Linux: packets go to and fro, and its traces disappear with it.</summary>
public sealed class PodTrafficTests : IDisposable
{
    private const string Cali = "calic440f455693";
    private static readonly IpAddr V4 = IpAddr.Parse("10.48.110.14");
    private static readonly IpAddr V6 = IpAddr.Parse("2001:db8:110::14");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestNamespace _host = new();
    private readonly TestNamespace _pod = new();
    private readonly RtNetlinkKernel _kernel;

    public PodTrafficTests()
    {
        _host.AddUplink();
        // The host answers for 169.254.1.1 only if it has a route to it that leads elsewhere.
        _host.Ip("route add default via 172.31.0.2");
        _kernel = RtNetlinkKernel.Open(_host.Path);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _pod.Dispose();
        _host.Dispose();
    }

    [Fact]
    public async Task A_pod_and_its_host_reach_each_other()
    {
        await WireAsync(V4);

        Assert.Contains(" 0% packet loss", _pod.Exec("ping -c 1 -W 60 172.31.0.1"), StringComparison.Ordinal);
        Assert.Contains(" 0% packet loss", _host.Exec("ping -c 1 -W 60 10.48.110.14"), StringComparison.Ordinal);
        Assert.Equal("hello", await TalkAsync());
        Assert.Equal(
            ["default via 169.254.1.1 dev eth0", "169.254.1.1 dev eth0 scope link"],
            _pod.Ip("route").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("10.48.110.14 dev calic440f455693 scope link", _host.Ip("route"), StringComparison.Ordinal);
        Assert.Contains("inet 10.48.110.14/32 scope global eth0", _pod.Ip("addr show dev eth0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_of_both_families_reaches_its_host_over_either()
    {
        _host.Ip("addr add 2001:db8::1/64 dev up0 nodad");
        await WireAsync(V4, V6);

        Assert.Contains(" 0% packet loss", _pod.Exec("ping -c 1 -W 60 2001:db8::1"), StringComparison.Ordinal);
        Assert.Contains(" 0% packet loss", _pod.Exec("ping -c 1 -W 60 172.31.0.1"), StringComparison.Ordinal);
        Assert.Contains("via fe80::ecee:eeff:feee:eeee dev eth0", _pod.Ip("-6 route show default"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_end_has_Calicos_parameters()
    {
        await WireAsync(V4, V6);

        foreach (var sysctl in PodPlan.HostSysctls(Attachment(V4, V6)))
            Assert.Equal((sysctl.Path, sysctl.Value), (sysctl.Path, await _kernel.ReadSysctlAsync(sysctl.Path)));
        Assert.Equal("0", _pod.Exec("cat /proc/sys/net/ipv4/ip_forward").Trim());
    }

    [Fact]
    public async Task The_connections_of_an_unwired_pod_are_forgotten_and_others_are_not()
    {
        _host.Exec("nft add table ip track");
        _host.Exec("nft add chain ip track in { type filter hook input priority 0 ; }");
        _host.Exec("nft add rule ip track in ct state established counter");
        await WireAsync(V4);
        Assert.Equal("hello", await TalkAsync());
        _host.Exec("ping -c 1 -W 60 172.31.0.1");
        var before = _host.Exec("cat /proc/net/nf_conntrack");

        var outcome = await _kernel.CarryOutAsync(PodPlan.Unwire(_pod.Path, "eth0", Cali, V4));

        var after = _host.Exec("cat /proc/net/nf_conntrack");
        Assert.True(outcome.Succeeded, $"{outcome.Error}");
        Assert.Contains("10.48.110.14", before, StringComparison.Ordinal);
        Assert.DoesNotContain("10.48.110.14", after, StringComparison.Ordinal);
        Assert.Contains("172.31.0.1", after, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_of_that_name_already_in_the_pod_is_an_error_that_says_where()
    {
        _pod.Ip("link add eth0 type bridge");

        var outcome = await _kernel.CarryOutAsync(PodPlan.Wire(Attachment(V4)));

        Assert.Equal(Errno.Exists, outcome.Error?.Number);
        Assert.Contains($"cannot create veth {Cali} with eth0 in {_pod.Path}", outcome.Error?.Detail, StringComparison.Ordinal);
    }

    private PodAttachment Attachment(params IpAddr[] addresses) => new()
    {
        Netns = _pod.Path,
        ContainerInterface = "eth0",
        HostInterface = Cali,
        Addresses = [.. addresses],
        Mtu = 1400,
        ReversePathFilter = 1,
    };

    private async Task WireAsync(params IpAddr[] addresses)
    {
        var outcome = await _kernel.CarryOutAsync(PodPlan.Wire(Attachment(addresses)));
        Assert.True(outcome.Succeeded, $"{outcome.Failed}: {outcome.Error}");
        Assert.Empty(outcome.Warnings);
    }

    // A TCP conversation: the pod connects to its host, which greets it.
    private async Task<string> TalkAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var listener = _host.Netns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream);
        listener.Bind(new IPEndPoint(IPAddress.Parse("172.31.0.1"), 0));
        listener.Listen();
        using var client = _pod.Netns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream);
        var accepted = listener.AcceptAsync(patience.Token);
        await client.ConnectAsync(listener.LocalEndPoint!, patience.Token);
        using var server = await accepted;
        Assert.Equal("10.48.110.14", ((IPEndPoint)server.RemoteEndPoint!).Address.ToString());
        await server.SendAsync("hello"u8.ToArray(), patience.Token);
        var buffer = new byte[5];
        await using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(buffer, patience.Token);
        return System.Text.Encoding.ASCII.GetString(buffer);
    }
}
