using System.Buffers.Binary;

namespace Agent.Runtime.Remote;

/// <summary>Takes frames from a stream, as many as come with each read. A frame is valid until the next is
/// asked for.</summary>
internal sealed class FrameReader(Stream stream)
{
    private const int UsualLength = 64 * 1024;

    private byte[] _buffer = new byte[UsualLength];
    private int _begin;
    private int _end;

    /// <summary>The body of the next frame; null at the end of the stream between two frames.</summary>
    /// <exception cref="InvalidDataException">The frame is longer than allowed.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(int maxLength, CancellationToken cancellation)
    {
        if (!await FillAsync(RemoteFrame.HeaderLength, cancellation).ConfigureAwait(false))
            return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_begin));
        if (length > maxLength)
            throw new InvalidDataException($"a frame of {length} bytes is longer than the {maxLength} allowed");
        _begin += RemoteFrame.HeaderLength;
        if (!await FillAsync((int)length, cancellation).ConfigureAwait(false))
            throw new EndOfStreamException("the stream ends within a frame");
        var body = _buffer.AsMemory(_begin, (int)length);
        _begin += (int)length;
        return body;
    }

    /// <summary>Reads until so many bytes are there; false where the stream ends before the first of them.</summary>
    private async ValueTask<bool> FillAsync(int wanted, CancellationToken cancellation)
    {
        if (_end - _begin >= wanted)
            return true;
        Array.Copy(_buffer, _begin, _buffer, 0, _end - _begin);
        (_begin, _end) = (0, _end - _begin);
        if (_buffer.Length < wanted || (_buffer.Length > UsualLength && wanted <= UsualLength && _end <= UsualLength))
            Array.Resize(ref _buffer, Math.Max(wanted, UsualLength));
        while (_end < wanted)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (read == 0)
                return _end == 0 ? false : throw new EndOfStreamException("the stream ends within a frame");
            _end += read;
        }

        return true;
    }
}
