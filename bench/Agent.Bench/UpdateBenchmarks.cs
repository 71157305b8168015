using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Primitives;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>An UPDATE of 500 routes whose attributes were seen before: the steady state of a session. Times and bytes are per
/// route; the object of the batch itself is all that a read may allocate.</summary>
public class UpdateBenchmarks
{
    private const int Routes = 500;

    private static readonly UpdateFormat Format = new(IpFamily.V4, false, true);

    private static readonly PathAttributes Attributes = new()
    {
        AsPath = AsPath.Of(65001, 4200000000),
        NextHop = IpAddr.Parse("10.0.0.9"),
        LocalPref = 100,
        Communities = [1, 2, 3],
    };

    private readonly byte[] _message = new byte[MessageCodec.MaxMessageSize];
    private readonly Nlri[] _nlri = [.. Enumerable.Range(0, Routes).Select(i => new Nlri(Prefixes.At(i)))];
    private readonly UpdateDecoder _decoder = new(new UpdateContext(true, true, IpFamily.V4));
    private int _size;

    [GlobalSetup]
    public void Setup() => _size = Encode();

    /// <summary>Bytes to route operations.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public int Decode()
    {
        using var batch = new UpdateBatch();
        if (!_decoder.TryDecode(_message.AsSpan(MessageCodec.HeaderSize, _size - MessageCodec.HeaderSize), batch, out var error))
            throw new InvalidOperationException(error.ToString());
        return batch.Operations.Length;
    }

    /// <summary>Attributes and prefixes to bytes.</summary>
    [Benchmark(OperationsPerInvoke = Routes)]
    public int Encode()
    {
        var size = UpdateCodec.WriteAnnouncement(_message, Attributes, Format, _nlri, out var consumed);
        return consumed == Routes ? size : throw new InvalidOperationException($"{consumed} of {Routes} routes fit");
    }
}
