using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>10,000 round trips between two actors, beside the same between two loops over channels: what a hand-over costs when
/// there is nothing to batch. Times and bytes are per round trip.</summary>
public class PingPongBenchmarks
{
    private const int Rounds = 10_000;
    private static readonly object Ball = new();

    private readonly ActorSystem _system = ActorSystem.Create("bench");
    private readonly Channel<object> _there = Channel.CreateUnbounded<object>(new() { SingleReader = true });
    private readonly Channel<object> _back = Channel.CreateUnbounded<object>(new() { SingleReader = true });
    private IActorRef _server = ActorRefs.Nobody;
    private Task _echo = Task.CompletedTask;

    [GlobalSetup]
    public void Setup()
    {
        var echo = _system.ActorOf(Props.Create(() => new Echo()));
        _server = _system.ActorOf(Props.Create(() => new Server(echo)));
        _echo = EchoAsync();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _there.Writer.Complete();
        await _echo;
        await _system.Terminate();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rounds)]
    public async Task Bare_channels()
    {
        for (var i = 0; i < Rounds; i++)
        {
            _there.Writer.TryWrite(Ball);
            await _back.Reader.ReadAsync();
        }
    }

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task Actors()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Tell(done, ActorRefs.NoSender);
        return done.Task;
    }

    private async Task EchoAsync()
    {
        await foreach (var ball in _there.Reader.ReadAllAsync()) _back.Writer.TryWrite(ball);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class Server(IActorRef echo) : UntypedActor
    {
        private TaskCompletionSource? _done;
        private int _left;

        protected override void OnReceive(object message)
        {
            if (message is TaskCompletionSource done) (_done, _left) = (done, Rounds);
            else if (--_left == 0)
            {
                _done!.SetResult();
                return;
            }

            echo.Tell(Ball, Self);
        }
    }
}
