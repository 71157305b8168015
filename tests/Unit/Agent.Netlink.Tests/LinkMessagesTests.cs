using Agent.Netlink.Linux;
using Agent.Netlink.Tests.Support;
using Agent.Netlink.Wire;

namespace Agent.Netlink.Tests;

/// <summary>Changes of links, carried out by Linux.</summary>
public sealed class LinkMessagesTests : IDisposable
{
    private readonly TestNamespace _one = new();
    private readonly TestNamespace _two = new();
    private readonly byte[] _buffer = new byte[512];

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public void A_link_is_renamed_given_an_address_and_a_size_and_moved()
    {
        _one.AddUplink();
        using var socket = NetlinkSocket.Open(_one.Netns);
        var index = Tables.Links(socket, CancellationToken.None).Single(link => link.Name == "up0").Index;
        var mac = MacAddress.Parse("02:00:00:00:00:01");

        Assert.Null(Change(socket, index, new LinkSettings(Up: false)));
        Assert.Null(Change(socket, index, new LinkSettings(Name: "moved", Mac: mac, Mtu: 1280)));
        Assert.Null(Change(socket, index, new LinkSettings(NamespaceFd: _two.Netns.Descriptor)));

        using var other = NetlinkSocket.Open(_two.Netns);
        var moved = Tables.Links(other, CancellationToken.None).Single(link => link.Name == "moved");
        Assert.Equal(("veth", mac, 1280, false), (moved.Kind, moved.Mac, moved.Mtu, moved.IsUp));
        Assert.DoesNotContain(Tables.Links(socket, CancellationToken.None), link => link.Name == "moved");
    }

    [Fact]
    public void A_change_of_no_link_is_refused()
    {
        using var socket = NetlinkSocket.Open(_one.Netns);

        Assert.Equal("ENODEV", Change(socket, 9999, new LinkSettings(Up: true))?.Name);
    }

    private KernelError? Change(NetlinkSocket socket, int index, LinkSettings settings)
    {
        var sequence = socket.TakeSequence();
        return socket.Request(_buffer.AsSpan(0, LinkMessages.WriteChange(_buffer, index, settings, sequence)), sequence);
    }
}
