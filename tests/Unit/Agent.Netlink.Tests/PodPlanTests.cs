using Agent.Primitives;

namespace Agent.Netlink.Tests;

public sealed class PodPlanTests
{
    private const string Cali = "calic440f455693";
    private static readonly IpAddr Address = IpAddr.Parse("10.48.110.14");

    private static readonly PodAttachment Pod = new()
    {
        Netns = "/run/netns/pod",
        ContainerInterface = "eth0",
        HostInterface = Cali,
        Addresses = [Address],
        Mtu = 1400,
        ReversePathFilter = 1,
    };

    [Fact]
    public void A_pod_is_wired_in_Calicos_order() => Assert.Equal(
        [
            new PodStep.DeleteLink(PodPlace.Host, Cali),
            new PodStep.CreateVeth(Cali, MacAddress.Parse("ee:ee:ee:ee:ee:ee"), "eth0", null, 1400),
            new PodStep.WriteSysctl(PodPlace.Pod, "net/ipv4/ip_forward", "0"),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv4/conf/{Cali}/route_localnet", "1"),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv4/neigh/{Cali}/proxy_delay", "0", IsRequired: false),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv4/conf/{Cali}/proxy_arp", "1"),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv4/conf/{Cali}/forwarding", "1"),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv4/conf/{Cali}/rp_filter", "1"),
            new PodStep.WriteSysctl(PodPlace.Host, $"net/ipv6/conf/{Cali}/accept_ra", "0", IsRequired: false),
            new PodStep.SetUp(PodPlace.Host, Cali),
            new PodStep.SetUp(PodPlace.Pod, "eth0"),
            new PodStep.AddPodRoute("eth0", IpPrefix.Parse("169.254.1.1/32"), default),
            new PodStep.AddPodRoute("eth0", IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("169.254.1.1")),
            new PodStep.AddAddress(PodPlace.Pod, "eth0", Address),
            new PodStep.AddHostRoute(Cali, Address),
        ],
        PodPlan.Wire(Pod).Steps.AsEnumerable());

    [Fact]
    public void Routes_of_the_network_configuration_take_the_place_of_the_default_route() => Assert.Equal(
        [
            new PodStep.AddPodRoute("eth0", IpPrefix.Parse("169.254.1.1/32"), default),
            new PodStep.AddPodRoute("eth0", IpPrefix.Parse("10.0.0.0/8"), IpAddr.Parse("169.254.1.1")),
        ],
        PodPlan.Wire(Pod with { Routes = [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("2001:db8::/32")] })
            .Steps.OfType<PodStep.AddPodRoute>());

    [Fact]
    public void An_IPv6_pod_leaves_by_the_link_local_address_of_the_host_end() => Assert.Equal(
        [new PodStep.AddPodRoute("eth0", IpPrefix.Parse("::/0"), IpAddr.Parse("fe80::ecee:eeff:feee:eeee"))],
        PodPlan.Wire(Pod with { Addresses = [IpAddr.Parse("2001:db8::14")] }).Steps.OfType<PodStep.AddPodRoute>());

    [Fact]
    public void Unwiring_removes_both_ends_before_it_forgets_connections() => Assert.Equal(
        [
            new PodStep.DeleteLink(PodPlace.Pod, "eth0"),
            new PodStep.DeleteLink(PodPlace.Host, Cali),
            new PodStep.FlushConntrack(Address),
        ],
        PodPlan.Unwire("/run/netns/pod", "eth0", Cali, Address).Steps.AsEnumerable());

    [Fact]
    public void Unwiring_an_old_sandbox_touches_neither_the_new_ones_link_nor_its_address() => Assert.Equal(
        [new PodStep.DeleteLink(PodPlace.Pod, "eth0")],
        PodPlan.Unwire("/run/netns/old", "eth0", hostInterface: null).Steps.AsEnumerable());

    [Fact]
    public void Unwiring_without_a_namespace_removes_the_host_end() => Assert.Equal(
        [new PodStep.DeleteLink(PodPlace.Host, Cali)],
        PodPlan.Unwire(null, "eth0", Cali).Steps.AsEnumerable());
}
