using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>80,000 round trips between pairs of actors, beside the same between loops over channels:
/// what a hand-over costs when there is nothing to batch. Times and bytes are per round trip.</summary>
public class PingPongBenchmarks
{
    private const int Rounds = 80_000;
    private static readonly object Ball = new();

    private readonly ActorSystem _system = ActorSystem.Create("bench");
    private readonly List<ChannelPair> _channels = [];
    private readonly List<IActorRef> _servers = [];

    /// <summary>How many pairs play at once; they share the rounds.</summary>
    [Params(1, 8)]
    public int Pairs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Pairs; i++)
        {
            var echo = _system.ActorOf(Props.Create(() => new Echo()));
            _servers.Add(_system.ActorOf(Props.Create(() => new Server(echo, Rounds / Pairs))));
            _channels.Add(new ChannelPair());
        }
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        foreach (var pair in _channels) await pair.End();
        await _system.Terminate();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rounds)]
    public Task Bare_channels() => Task.WhenAll(_channels.Select(pair => Task.Run(() => pair.Play(Rounds / Pairs))));

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task Actors() => Task.WhenAll(_servers.Select(server =>
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Tell(done, ActorRefs.NoSender);
        return done.Task;
    }));

    private sealed class ChannelPair
    {
        private readonly Channel<object> _there = Channel.CreateUnbounded<object>(new() { SingleReader = true });
        private readonly Channel<object> _back = Channel.CreateUnbounded<object>(new() { SingleReader = true });
        private readonly Task _echo;

        public ChannelPair() => _echo = EchoAsync();

        public async Task Play(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                _there.Writer.TryWrite(Ball);
                await _back.Reader.ReadAsync();
            }
        }

        public Task End()
        {
            _there.Writer.Complete();
            return _echo;
        }

        private async Task EchoAsync()
        {
            await foreach (var ball in _there.Reader.ReadAllAsync()) _back.Writer.TryWrite(ball);
        }
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class Server(IActorRef echo, int rounds) : UntypedActor
    {
        private TaskCompletionSource? _done;
        private int _left;

        protected override void OnReceive(object message)
        {
            if (message is TaskCompletionSource done) (_done, _left) = (done, rounds);
            else if (--_left == 0)
            {
                _done!.SetResult();
                return;
            }

            echo.Tell(Ball, Self);
        }
    }
}
