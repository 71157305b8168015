using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Several speakers joined by sessions that carry real UPDATEs.</summary>
internal sealed class Network
{
    private readonly SortedDictionary<string, Speaker> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string From, string To), Line> _lines = [];

    private sealed record Line(Framer Framer, UpdateDecoder Decoder);

    public Speaker this[string name] => _nodes[name];

    public Speaker Add(string name, string address)
    {
        var speaker = new Speaker(address);
        _nodes[name] = speaker;
        speaker.Wire = output => Carry(name, output);
        return speaker;
    }

    /// <summary>Establishes a session; each end knows the other by its name.</summary>
    public void Connect(
        string left, string right, uint leftAs = Speaker.As, uint rightAs = Speaker.As, PeerPolicy? leftPolicy = null, PeerPolicy? rightPolicy = null,
        bool addPath = false)
    {
        IpFamily[] several = addPath ? [IpFamily.V4] : [];
        var isInternal = leftAs == rightAs;
        _lines[(left, right)] = new(new Framer(), new UpdateDecoder(new UpdateContext(true, isInternal, [IpFamily.V4], [.. several])));
        _lines[(right, left)] = new(new Framer(), new UpdateDecoder(new UpdateContext(true, isInternal, [IpFamily.V4], [.. several])));
        var (leftAddress, rightAddress) = (_nodes[left].Address.ToString(), _nodes[right].Address.ToString());
        _nodes[left].Up(right, rightAddress, rightAs, leftAs, leftPolicy, _nodes[left].Terms(rightAddress, addPath: addPath));
        _nodes[right].Up(left, leftAddress, leftAs, rightAs, rightPolicy, _nodes[right].Terms(leftAddress, addPath: addPath));
    }

    public void Disconnect(string left, string right)
    {
        _nodes[left].Rib.PeerDown(right, keepStale: false);
        _nodes[right].Rib.PeerDown(left, keepStale: false);
    }

    /// <summary>Lets everyone talk until all is said.</summary>
    public void Converge()
    {
        while (_nodes.Values.Any(node => node.Rib.HasWork || node.Rib.HasOutput))
            foreach (var node in _nodes.Values) node.Settle();
    }

    private void Carry(string from, PeerOutput output)
    {
        var line = _lines[(from, output.Peer)];
        using var batch = new UpdateBatch();
        foreach (var buffer in output.Buffers)
        {
            line.Framer.Append(buffer.Span);
            while (line.Framer.TryRead(out var frame, out _)) Assert.True(line.Decoder.TryDecode(frame.Body, batch, out _));
        }

        Assert.True(_nodes[output.Peer].Rib.Apply(from, batch));
    }
}
