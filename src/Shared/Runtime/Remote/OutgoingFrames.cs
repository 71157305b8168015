using System.Buffers;

namespace Agent.Runtime.Remote;

/// <summary>What waits to be sent to one node, end to end in one buffer, so that it goes out with one write.</summary>
/// <remarks>Bounded by messages and by bytes. Two buffers change places: one is filled while the other is on its way.
/// Filling is safe from any thread; taking belongs to one.</remarks>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing to be disposed of.
internal sealed class OutgoingFrames(int most, int mostBytes)
#pragma warning restore CA1001
{
    private const int UsualLength = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _some = new(0, 1);
    private ArrayBufferWriter<byte> _filling = new(UsualLength);
    private ArrayBufferWriter<byte> _sending = new(UsualLength);
    private int _count;
    private bool _overflows;
    private bool _overflowed;

    /// <summary>Adds a frame with this body; false where it does not fit.</summary>
    /// <param name="body">The body.</param>
    /// <param name="isFirst">Whether it is the first that does not fit since all fitted between two takings.</param>
    public bool TryAdd(ReadOnlySpan<byte> body, out bool isFirst)
    {
        isFirst = false;
        lock (_lock)
        {
            if (_count >= most || _filling.WrittenCount + RemoteFrame.HeaderLength + body.Length > mostBytes)
            {
                isFirst = !_overflows;
                _overflows = _overflowed = true;
                return false;
            }

            RemoteFrame.Append(_filling, body);
            if (_count++ == 0)
                _some.Release();
        }

        return true;
    }

    /// <summary>Waits until a frame is there; false where the time is over before.</summary>
    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellation) => _some.WaitAsync(limit, cancellation);

    /// <summary>Takes everything that is there; valid until the next is taken.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        lock (_lock)
        {
            (_filling, _sending) = (_sending, _filling);
            _filling = _filling.Capacity > UsualLength * 16 ? new ArrayBufferWriter<byte>(UsualLength) : _filling;
            _filling.ResetWrittenCount();
            _count = 0;
            (_overflows, _overflowed) = (_overflowed, false);
            _some.Wait(0);
        }

        return _sending.WrittenMemory;
    }
}
