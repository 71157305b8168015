using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class AllocationTests
{
    private static readonly PathAttributes Attributes = new()
    {
        AsPath = AsPath.Of(65001, 4200000000),
        NextHop = IpAddr.Parse("10.0.0.9"),
        LocalPref = 100,
        Communities = [1, 2, 3],
    };

    private readonly byte[] _buffer = new byte[4096];

    [Fact]
    public void Reading_a_repeated_update_allocates_nothing()
    {
        var size = UpdateCodec.WriteAnnouncement(_buffer, Attributes, new(IpFamily.V4, false, true), [Nlri("10.1.0.0/26"), Nlri("10.2.0.0/26")], out _);
        var decoder = new UpdateDecoder(Decoded.Internal);
        for (var i = 0; i < 50; i++) Assert.Equal(2, Decoded.Of(_buffer.AsSpan(19, size - 19), decoder).Operations.Length);
        using var batch = new UpdateBatch();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) decoder.TryDecode(_buffer.AsSpan(19, size - 19), batch, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(20, batch.Operations.Length);
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writing_an_update_allocates_nothing(bool fourByteAs)
    {
        Nlri[] nlri = [.. Enumerable.Range(0, 500).Select(i => new Nlri(new IpPrefix(IpAddr.FromV4(0x0a000000 + (uint)i * 64), 26)))];
        var format = new UpdateFormat(IpFamily.V4, false, fourByteAs);
        var written = 0;
        for (var i = 0; i < 50; i++) written = Write();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) written += Write();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(written > 11 * 2500);

        int Write() => UpdateCodec.WriteAnnouncement(_buffer, Attributes, format, nlri, out _) + UpdateCodec.WriteWithdrawal(_buffer, format, nlri, out _);
    }
}
