using System.Text.Json;
using Agent.Actors.Workloads;
using Agent.Host.LocalApi;
using Agent.Ipc;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Host.Tests;

/// <summary>CNI's requests in the words of the workloads' actor, and its answers in CNI's.</summary>
public sealed class CniMessagesTests
{
    private static readonly Dictionary<string, string> PodArgs = new() { ["K8S_POD_NAMESPACE"] = "web", ["K8S_POD_NAME"] = "nginx" };

    private static readonly PodProtocol.Sandbox Pod = new("k8s-pod-network", "c0ffee", "web", "nginx");

    [Fact]
    public void An_ADD_carries_thePod_and_what_the_configuration_asks_for()
    {
        var config = Json("""
            {"name": "k8s-pod-network", "mtu": 1400, "container_settings": {"allow_ip_forwarding": true},
             "ipam": {"type": "calico-ipam", "ipv4_pools": ["blue", "10.48.0.0/16"]}}
            """);

        var add = CniMessages.From(new IpcRequest.CniAdd("c0ffee", "/run/netns/p", "eth0", PodArgs, config));

        Assert.Equal((Pod, "/run/netns/p", "eth0", 1400, true), (add.Sandbox, add.Netns, add.Interface, add.Mtu, add.AllowIpForwarding));
        Assert.Equal("blue 10.48.0.0/16", string.Join(' ', add.Pools));
        Assert.Equal("k8s-pod-network.c0ffee", add.Sandbox.Handle);
    }

    [Fact]
    public void What_the_configuration_leaves_out_hasDefaults()
    {
        var add = CniMessages.From(new IpcRequest.CniAdd("c0ffee", "/run/netns/p", "eth0", new Dictionary<string, string>(), Json("""{"name": "n"}""")));

        Assert.Equal(
            (new PodProtocol.Sandbox("n", "c0ffee", null, null), 0, false, 0), (add.Sandbox, add.Mtu, add.AllowIpForwarding, add.Pools.Length));
    }

    [Theory]
    [InlineData("""{"assign_ipv6": "true", "ipv6_pools": ["six"]}""", "V4 V6")]
    [InlineData("""{"assign_ipv4": "false", "assign_ipv6": "true", "ipv6_pools": ["six"]}""", "V6")]
    [InlineData("""{"assign_ipv4": "true", "assign_ipv6": "false", "ipv6_pools": ["six"]}""", "V4")]
    public void An_ADD_asks_for_the_families_of_the_configuration(string ipam, string families)
    {
        var add = CniMessages.From(new IpcRequest.CniAdd("c0ffee", "/run/netns/p", "eth0", PodArgs, Json($$"""{"name": "n", "ipam": {{ipam}}}""")));

        Assert.Equal(families, string.Join(' ', add.Families));
        Assert.Equal("six", Assert.Single(add.IPv6Pools));
    }

    [Fact]
    public void A_result_has_an_entry_for_each_address()
    {
        var reply = Assert.IsType<IpcReply.CniAdded>(CniMessages.Reply(new PodProtocol.Added(
            [IpAddr.Parse("10.48.0.5"), IpAddr.Parse("fd00::5")], "cali0123", MacAddress.PodHostEnd, "eth0", "/run/netns/p")));

        Assert.Equal([new CniIp("10.48.0.5/32", Interface: 1), new CniIp("fd00::5/128", Interface: 1)], reply.Ips);
        Assert.Equal([new CniRoute("10.48.0.5/32"), new CniRoute("fd00::5/128")], reply.Routes);
    }

    [Fact]
    public void A_DEL_without_a_namespace_says_so()
    {
        var config = Json("""{"name": "k8s-pod-network"}""");

        Assert.Equal(
            new PodProtocol.Delete(Pod, "/run/netns/p", "eth0"),
            CniMessages.From(new IpcRequest.CniDel("c0ffee", "eth0", PodArgs, config, "/run/netns/p")));
        Assert.Equal(
            new PodProtocol.Delete(Pod, null, "eth0"), CniMessages.From(new IpcRequest.CniDel("c0ffee", "eth0", PodArgs, config, "")));
        Assert.Equal(
            new PodProtocol.Delete(Pod, null, "eth0"), CniMessages.From(new IpcRequest.CniDel("c0ffee", "eth0", PodArgs, config)));
    }

    [Fact]
    public void A_CHECK_asks_for_thePod() => Assert.Equal(
        new PodProtocol.Check(Pod),
        CniMessages.From(new IpcRequest.CniCheck("c0ffee", "/run/netns/p", "eth0", PodArgs, Json("""{"name": "k8s-pod-network"}"""))));

    [Fact]
    public void A_GC_carries_the_containers_that_stay()
    {
        var collect = CniMessages.From(new IpcRequest.CniGc("n", [new CniAttachment("a", "eth0"), new CniAttachment("b", "eth0")]));

        Assert.Equal(("n", "a b"), (collect.Network, string.Join(' ', collect.ValidContainerIds.Order(StringComparer.Ordinal))));
    }

    [Fact]
    public void A_wired_pod_has_two_interfaces_one_address_and_the_route_to_it()
    {
        var reply = Assert.IsType<IpcReply.CniAdded>(CniMessages.Reply(
            new PodProtocol.Added([IpAddr.Parse("10.48.0.5")], "cali0123", MacAddress.PodHostEnd, "eth0", "/run/netns/p")));

        Assert.Equal([new CniInterface("cali0123", "ee:ee:ee:ee:ee:ee"), new CniInterface("eth0", Sandbox: "/run/netns/p")], reply.Interfaces);
        Assert.Equal([new CniIp("10.48.0.5/32", Interface: 1)], reply.Ips);
        Assert.Equal([new CniRoute("10.48.0.5/32")], reply.Routes);
    }

    [Fact]
    public void Other_answers_are_passed_on()
    {
        Assert.Equal(new IpcReply.Done(), CniMessages.Reply(PodProtocol.Done.Instance));
        Assert.Equal(new IpcReply.CniFailed(11, "later"), CniMessages.Reply(new PodProtocol.Failed(PodProtocol.TryAgain, "later")));
        Assert.Equal(new IpcReply.Error("unexpected answer 7"), CniMessages.Reply(7));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
