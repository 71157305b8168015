using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Agent.Actors.Bgp;

/// <summary>Sends to one socket what is queued, one buffer after the other.</summary>
/// <remarks>The same event arguments serve every buffer, so sending allocates nothing, and unlike an async method all
/// of it is compiled ahead of time. A broken connection only drops the rest: the reader learns of it by itself, and
/// reports it.</remarks>
/// <param name="socket">Connected.</param>
/// <param name="onEmpty">Called once, when all that was queued before <see cref="Close"/> has gone or was
/// dropped.</param>
internal sealed class TcpSender(Socket socket, Action onEmpty) : SocketAsyncEventArgs(true)
{
    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _queue = new();
    private ReadOnlyMemory<byte> _current;
    private bool _sending;
    private bool _closing;
    private bool _aborted;
    private long _queuedBytes;
    private long _sentBytes;
    private (TaskCompletionSource Done, long QueuedBytes)? _drain;

    /// <summary>How many bytes wait to be sent.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>How many bytes were handed to TCP.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Queues bytes, which must not change any more; nothing after <see cref="Close"/>.</summary>
    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        lock (_gate)
        {
            if (_closing) return;
            _queue.Enqueue(bytes);
            Interlocked.Add(ref _queuedBytes, bytes.Length);
            if (_sending) return;
            _sending = true;
        }

        Go();
    }

    /// <summary>Completes when at most so many bytes wait, or nothing is sent any more; one wait at a time.</summary>
    public Task DrainedAsync(long queuedBytes)
    {
        lock (_gate)
        {
            if (_closing || QueuedBytes <= queuedBytes) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _drain = (done, queuedBytes);
            return done.Task;
        }
    }

    /// <summary>Takes no more; what is queued is still sent.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
            if (_sending) return;                                   // what empties the queue says so
        }

        onEmpty();
    }

    /// <summary>Takes no more and drops what is queued.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            (_closing, _aborted) = (true, true);
            Drop();
        }
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        Account();
        Go();
    }

    private void Go()
    {
        while (TryTakeNext(out var next))
        {
            try
            {
                SetBuffer(MemoryMarshal.AsMemory(next));
                if (socket.SendAsync(this)) return;
                Account();
            }
            catch (ObjectDisposedException)
            {
                Abort();
            }
        }
    }

    private bool TryTakeNext(out ReadOnlyMemory<byte> next)
    {
        lock (_gate)
        {
            if (_drain is { QueuedBytes: var most } && QueuedBytes <= most) TellDrained();
            var takes = !_current.IsEmpty || _queue.TryDequeue(out _current);
            next = _current;
            if (takes) return true;
            _sending = false;
            if (!_closing || _aborted) return false;
        }

        onEmpty();
        return false;
    }

    private void Account()
    {
        lock (_gate)
        {
            if (SocketError != SocketError.Success || _aborted)
            {
                Drop();
                return;
            }

            Interlocked.Add(ref _queuedBytes, -BytesTransferred);
            Interlocked.Add(ref _sentBytes, BytesTransferred);
            _current = _current[BytesTransferred..];
        }
    }

    private void Drop()
    {
        _queue.Clear();
        _current = default;
        TellDrained();
    }

    private void TellDrained()
    {
        _drain?.Done.SetResult();
        _drain = null;
    }
}
