using System.Diagnostics;

namespace Agent.Bench.Storm;

/// <summary>What came of a load. Times are seconds from the begin of their stage; NaN where the stage did not end in
/// time.</summary>
/// <param name="Up">How many peers were up in the end, of all.</param>
/// <param name="UpSeconds">Until all were up.</param>
/// <param name="Failures">How many connections failed.</param>
/// <param name="AnnounceSeconds">Until every observer, or the kernel, had every route.</param>
/// <param name="WithdrawSeconds">Until none had any.</param>
/// <param name="SteadyCores">How much of a core the speaker used while keepalives alone passed.</param>
/// <param name="Lost">How many peers were lost while keepalives alone passed.</param>
public sealed record LoadResult(
    int Up, double UpSeconds, int Failures, double AnnounceSeconds, double WithdrawSeconds, double SteadyCores, int Lost)
{
    /// <summary>The speaker's processor time in each stage: coming up, announcing, withdrawing.</summary>
    public (double Up, double Announce, double Withdraw) Cpu { get; init; }

    public double PeakMegabytes { get; init; }
}

/// <summary>A load in stages: all peers dial at once, all senders announce at once, all withdraw, keepalives alone.</summary>
public sealed class Load : IDisposable
{
    private readonly LoadOptions _options;
    private readonly LoadPeer[] _peers;
    private readonly SpeakerProcess? _speaker;
    private readonly KernelRoutes? _kernel;
    private readonly byte[][] _announcements;
    private readonly byte[][] _withdrawals;
    private readonly Lock _gate = new();
    private Func<bool> _isReached = () => false;
    private TaskCompletionSource<long> _reached = new();
    private int _up;

    public Load(LoadOptions options)
    {
        _options = options;
        _peers = [.. Enumerable.Range(0, options.Peers).Select(number => new LoadPeer(options, number, OnUp, Look))];
        _announcements = [.. Enumerable.Range(0, options.Senders).Select(each => Messages.Announcements(options, each))];
        _withdrawals = options.Withdraw
            ? [.. Enumerable.Range(0, options.Senders).Select(each => Messages.Withdrawals(options, each))]
            : [];
        _speaker = options.Pid == 0 ? null : new SpeakerProcess(options.Pid);
        _kernel = options.Fib is null ? null : new KernelRoutes(options.Fib, Look);
    }

    public async Task<LoadResult> RunAsync()
    {
        var result = new LoadResult(0, double.NaN, 0, double.NaN, double.NaN, double.NaN, 0);
        var start = Cpu();
        var up = await StageAsync(() => Volatile.Read(ref _up) == _peers.Length, () =>
        {
            foreach (var peer in _peers) peer.Dial();
        });
        var isUp = Cpu();
        result = result with { UpSeconds = up, Cpu = (isUp - start, double.NaN, double.NaN) };
        if (double.IsNaN(up)) return Complete(result);

        using var keepAlives = KeepAlives();
        if (_options.Routes > 0)
        {
            var announced = await StageAsync(() => Have(_options.AllRoutes), () => Say(_announcements));
            var afterwards = Cpu();
            result = result with { AnnounceSeconds = announced, Cpu = result.Cpu with { Announce = afterwards - isUp } };
            if (double.IsNaN(announced)) return Complete(result);
            if (_options.Withdraw)
            {
                var withdrawn = await StageAsync(() => Have(0), () => Say(_withdrawals));
                result = result with { WithdrawSeconds = withdrawn, Cpu = result.Cpu with { Withdraw = Cpu() - afterwards } };
            }
        }

        return _options.SteadySeconds > 0 ? await SteadyAsync(result) : Complete(result);
    }

    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
        _kernel?.Dispose();
    }

    /// <summary>Does something and waits for what must come of it, as long as a stage may take: NaN when it did not
    /// come.</summary>
    private async Task<double> StageAsync(Func<bool> isReached, Action begin)
    {
        lock (_gate) (_isReached, _reached) = (isReached, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var began = Stopwatch.GetTimestamp();
        begin();
        Look();
        try
        {
            var ended = await _reached.Task.WaitAsync(TimeSpan.FromSeconds(_options.TimeoutSeconds));
            return Stopwatch.GetElapsedTime(began, ended).TotalSeconds;
        }
        catch (TimeoutException)
        {
            return double.NaN;
        }
    }

    private bool Have(int routes)
    {
        if (_kernel is not null) return _kernel.Present == routes;
        for (var i = _options.Senders; i < _peers.Length; i++)
            if (_peers[i].Held != routes) return false;
        return true;
    }

    private void Say(byte[][] messages)
    {
        for (var i = 0; i < messages.Length; i++) _peers[i].Send(messages[i]);
    }

    /// <summary>Each peer says KEEPALIVE three times a hold time, the peers one after the other.</summary>
    private Timer KeepAlives()
    {
        var next = 0;
        return new Timer(_ =>
        {
            _peers[next].KeepAlive();
            next = (next + 1) % _peers.Length;
        }, null, TimeSpan.Zero, TimeSpan.FromSeconds(_options.HoldSeconds / 3.0 / _peers.Length));
    }

    private async Task<LoadResult> SteadyAsync(LoadResult result)
    {
        // What the load before has left to compile and to collect is not the steady state.
        await Task.Delay(TimeSpan.FromSeconds(5));
        var (cpu, began, failures) = (Cpu(), Stopwatch.GetTimestamp(), Failures());
        await Task.Delay(TimeSpan.FromSeconds(_options.SteadySeconds));
        return Complete(result with
        {
            SteadyCores = (Cpu() - cpu) / Stopwatch.GetElapsedTime(began).TotalSeconds,
            Lost = Failures() - failures,
        });
    }

    private LoadResult Complete(LoadResult result) => result with
    {
        Up = _peers.Count(peer => peer.IsUp),
        Failures = Failures(),
        PeakMegabytes = _speaker?.PeakMegabytes() ?? double.NaN,
    };

    private int Failures() => _peers.Sum(peer => peer.Failures);

    private double Cpu() => _speaker?.Processor().TotalSeconds ?? double.NaN;

    private void OnUp(int change)
    {
        Interlocked.Add(ref _up, change);
        Look();
    }

    private void Look()
    {
        lock (_gate)
            if (_isReached()) _reached.TrySetResult(Stopwatch.GetTimestamp());
    }
}
