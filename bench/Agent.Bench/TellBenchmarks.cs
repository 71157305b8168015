using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>100,000 messages from one thread to one actor, beside the same through a bare channel to a loop. Times and bytes are per
/// message.</summary>
public class TellBenchmarks
{
    private const int Messages = 100_000;
    private static readonly object Message = new();

    private readonly ActorSystem _system = ActorSystem.Create("bench");
    private readonly Arrivals _told = new();
    private readonly Arrivals _written = new();
    private readonly Channel<object> _channel = Channel.CreateUnbounded<object>(new() { SingleReader = true });
    private IActorRef _counter = ActorRefs.Nobody;
    private Task _reader = Task.CompletedTask;

    [GlobalSetup]
    public void Setup()
    {
        var told = _told;
        _counter = _system.ActorOf(Props.Create(() => new Counter(told)));
        _reader = ReadAsync();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _channel.Writer.Complete();
        await _reader;
        await _system.Terminate();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public Task Bare_channel()
    {
        var done = _written.Expect(Messages);
        for (var i = 0; i < Messages; i++) _channel.Writer.TryWrite(Message);
        return done;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public Task Tell()
    {
        var done = _told.Expect(Messages);
        for (var i = 0; i < Messages; i++) _counter.Tell(Message, ActorRefs.NoSender);
        return done;
    }

    private async Task ReadAsync()
    {
        await foreach (var _ in _channel.Reader.ReadAllAsync()) _written.Count();
    }

    private sealed class Counter(Arrivals arrivals) : UntypedActor
    {
        protected override void OnReceive(object message) => arrivals.Count();
    }

    /// <summary>Completes when as many have come as are expected.</summary>
    private sealed class Arrivals
    {
        private TaskCompletionSource _all = new();
        private int _left;

        public Task Expect(int count)
        {
            _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _left = count;
            return _all.Task;
        }

        public void Count()
        {
            if (--_left == 0) _all.SetResult();
        }
    }
}
