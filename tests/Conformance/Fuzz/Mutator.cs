using System.Buffers.Binary;
using Agent.Bgp.Recordings;
using Agent.Bgp.Wire;

namespace Agent.Conformance.Tests.Fuzz;

/// <summary>Makes inputs: whole messages by the grammar, and those of the recordings and the corpus, each changed a little at random.</summary>
internal sealed class Mutator
{
    private static readonly byte[] Interesting = [0, 1, 2, 3, 4, 15, 16, 17, 19, 23, 24, 32, 33, 64, 127, 128, 129, 254, 255];
    private readonly Random _random;
    private readonly List<byte[]> _bodies = [];
    private readonly List<byte[]> _messages = [];

    /// <summary>An endless source; the same seed makes the same inputs.</summary>
    public Mutator(int seed, IEnumerable<byte[]> corpus)
    {
        _random = new Random(seed);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests", "Conformance", "Bgp"), "*.steps", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
            foreach (var step in RecordingReader.Read(File.ReadLines(path)).Steps)
                if (step.Input is RecordedInput.Received(_, var bytes)) _messages.Add([.. bytes]);
        foreach (var message in _messages) _bodies.Add(message.Length > MessageCodec.HeaderSize ? message[MessageCodec.HeaderSize..] : message);
        foreach (var input in corpus) _bodies.Add(input);
    }

    /// <summary>The next input for a target.</summary>
    public byte[] Next(string target)
    {
        var isStream = target is "framer" or "session" or "text";
        var from = isStream ? _messages : _bodies;
        var input = _random.Next(4) == 0 ? Written(target, isStream) : from[_random.Next(from.Count)];
        if (isStream && _random.Next(3) == 0) input = [.. input, .. from[_random.Next(from.Count)]];
        for (var i = _random.Next(4); i > 0; i--) input = Mutate(input);
        if (isStream && _random.Next(2) == 0 && input.Length is >= 19 and < 65_536) SetLength(input);
        return input;
    }

    /// <summary>By the grammar of what the target reads; a stream has messages of every type.</summary>
    private byte[] Written(string target, bool isStream)
    {
        var grammar = new Grammar(_random);
        return target switch
        {
            "open" => grammar.Open(),
            "notification" => grammar.Notification(),
            "refresh" => grammar.Refresh(),
            _ when !isStream => Update(),
            _ => _random.Next(6) switch
            {
                0 => Message(1, grammar.Open()),
                1 => Message(3, grammar.Notification()),
                2 => Message(5, grammar.Refresh()),
                _ => Message(2, Update()),
            },
        };
    }

    private static byte[] Message(byte type, byte[] body)
    {
        byte[] message = [.. Enumerable.Repeat((byte)0xff, 16), 0, 0, type, .. body];
        SetLength(message);
        return message;
    }

    private byte[] Mutate(byte[] input)
    {
        if (input.Length == 0) return [(byte)_random.Next(256)];
        var changed = (byte[])input.Clone();
        var at = _random.Next(changed.Length);
        var length = _random.Next(1, Math.Min(16, changed.Length - at) + 1);
        switch (_random.Next(7))
        {
            case 0: changed[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: changed[at] = Interesting[_random.Next(Interesting.Length)]; break;
            case 2: changed[at] += (byte)(_random.Next(2) == 0 ? 1 : 255); break;
            case 3: return [.. changed[..at], .. changed[(at + length)..]];
            case 4: return [.. changed[..at], .. changed[at..(at + length)], .. changed[at..]];
            case 5: return changed[..at];
            default:
                _random.NextBytes(changed.AsSpan(at, length));
                break;
        }

        return changed;
    }

    /// <summary>An UPDATE by the grammar: any attributes, each mostly as its RFC says.</summary>
    private byte[] Update()
    {
        var attributes = new List<byte>();
        if (_random.Next(8) != 0) Attribute(attributes, 0x40, 1, [(byte)_random.Next(4)]);
        if (_random.Next(8) != 0) Attribute(attributes, 0x40, 2, AsPath());
        if (_random.Next(8) != 0) Attribute(attributes, 0x40, 3, Some(4));
        foreach (var (flags, type, size) in (ReadOnlySpan<(byte, byte, int)>)
            [(0x80, 4, 4), (0x40, 5, 4), (0x40, 6, 0), (0xc0, 7, 8), (0xc0, 8, 4), (0x80, 9, 4), (0x80, 10, 4), (0xc0, 16, 8), (0xc0, 17, 0),
             (0xc0, 18, 8), (0xc0, 25, 20), (0xc0, 32, 12), (0xc0, 35, 4), (0xc0, 99, 3)])
        {
            if (_random.Next(3) != 0) continue;
            Attribute(attributes, flags, type, type == 17 ? AsPath() : Some(type is 8 or 10 or 16 or 25 or 32 ? size * _random.Next(1, 4) : size));
        }

        if (_random.Next(4) == 0) Attribute(attributes, 0x80, 14, Reach());
        if (_random.Next(6) == 0) Attribute(attributes, 0x80, 15, [0, (byte)_random.Next(1, 3), 1, .. Prefixes(32)]);
        var withdrawn = _random.Next(4) == 0 ? Prefixes(32) : [];
        return
        [
            (byte)(withdrawn.Length >> 8), (byte)withdrawn.Length, .. withdrawn,
            (byte)(attributes.Count >> 8), (byte)attributes.Count, .. attributes, .. _random.Next(4) != 0 ? Prefixes(32) : [],
        ];
    }

    private void Attribute(List<byte> into, byte flags, byte type, byte[] value)
    {
        if (_random.Next(30) == 0) flags ^= (byte)(1 << _random.Next(4, 8));
        var isLong = (flags & 0x10) != 0 || value.Length > 255;
        into.Add((byte)(isLong ? flags | 0x10 : flags));
        into.Add(type);
        if (isLong) into.Add((byte)(value.Length >> 8));
        into.Add((byte)value.Length);
        into.AddRange(value);
    }

    /// <summary>MP_REACH_NLRI of either family, with a next hop of either (RFC 8950), and a link-local one behind it or not.</summary>
    private byte[] Reach()
    {
        var (family, hop) = ((byte)_random.Next(1, 3), _random.Next(4) switch { 0 => 4, 1 => 32, _ => 16 });
        return [0, family, 1, (byte)hop, .. Some(hop), 0, .. Prefixes(family == 1 ? 32 : 128)];
    }

    private byte[] AsPath()
    {
        var path = new List<byte>();
        for (var segments = _random.Next(3); segments > 0; segments--)
        {
            var count = _random.Next(1, 5);
            path.Add((byte)_random.Next(1, _random.Next(6) == 0 ? 6 : 3));
            path.Add((byte)count);
            for (var i = 0; i < count; i++) path.AddRange([0, 0, (byte)_random.Next(256), (byte)_random.Next(1, 256)]);
        }

        return [.. path];
    }

    private byte[] Prefixes(int bits)
    {
        var prefixes = new List<byte>();
        var hasPathIds = _random.Next(3) == 0;      // RFC 7911
        for (var count = _random.Next(1, 6); count > 0; count--)
        {
            if (hasPathIds) prefixes.AddRange([0, 0, 0, (byte)_random.Next(3)]);
            var length = _random.Next(bits + 1);
            prefixes.Add((byte)length);
            prefixes.AddRange(Some((length + 7) / 8));
        }

        return [.. prefixes];
    }

    private byte[] Some(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static void SetLength(byte[] message) => BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(16), (ushort)message.Length);
}
