using System.Net;
using System.Net.Sockets;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Stands between a node and one that it connects to: counts what passes, lets connections die without a word, or breaks
/// them.</summary>
internal sealed class Proxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _to;
    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpClient> _ends = [];
    private TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _deadBefore;
    private int _connections;

    public Proxy(IPEndPoint to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes that have passed to the node behind, and those that have come back.</summary>
    public (long There, long Back) Passed { get; private set; }

    /// <summary>Waits until so many more have passed, each way.</summary>
    public async Task PassAsync(long there, long back)
    {
        var (least, leastBack) = (Passed.There + there, Passed.Back + back);
        while (true)
        {
            Task passed;
            lock (_ends)
            {
                if (Passed.There >= least && Passed.Back >= leastBack)
                    return;
                passed = _passed.Task;
            }

            await passed.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>On the connections that are open nothing passes any more, and nobody is told.</summary>
    public void LetDie() => Volatile.Write(ref _deadBefore, Connections);

    /// <summary>The connections that are open end.</summary>
    public void Break()
    {
        lock (_ends)
        {
            _ends.ForEach(client => client.Dispose());
            _ends.Clear();
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        Break();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                var other = new TcpClient { NoDelay = true };
                await other.ConnectAsync(_to, _end.Token);
                var number = Interlocked.Increment(ref _connections);
                lock (_ends)
                    _ends.AddRange([client, other]);
                _ = PumpAsync(client, other, number, count => Passed = (Passed.There + count, Passed.Back));
                _ = PumpAsync(other, client, number, count => Passed = (Passed.There, Passed.Back + count));
            }
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, int number, Action<int> count)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var read)
            {
                if (number <= Volatile.Read(ref _deadBefore))
                    continue;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
                lock (_ends)
                {
                    count(read);
                    _passed.SetResult();
                    _passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            if (number > Volatile.Read(ref _deadBefore))
                to.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            to.Dispose();
        }
    }
}
