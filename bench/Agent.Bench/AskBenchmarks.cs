using System.Threading.Channels;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>10,000 questions to one actor, one after the other, beside the same through a channel to a loop that completes a
/// TaskCompletionSource. Times and bytes are per question.</summary>
public class AskBenchmarks
{
    private const int Questions = 10_000;
    private static readonly object Question = new();

    private readonly ActorSystem _system = ActorSystem.Create("bench");
    private readonly Channel<TaskCompletionSource<object>> _channel =
        Channel.CreateUnbounded<TaskCompletionSource<object>>(new() { SingleReader = true });
    private IActorRef _echo = ActorRefs.Nobody;
    private Task _reader = Task.CompletedTask;

    [GlobalSetup]
    public void Setup()
    {
        _echo = _system.ActorOf(Props.Create(() => new Echo()));
        _reader = ReadAsync();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _channel.Writer.Complete();
        await _reader;
        await _system.Terminate();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Questions)]
    public async Task Bare_TaskCompletionSource()
    {
        for (var i = 0; i < Questions; i++)
        {
            var reply = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            _channel.Writer.TryWrite(reply);
            await reply.Task;
        }
    }

    [Benchmark(OperationsPerInvoke = Questions)]
    public async Task Ask()
    {
        for (var i = 0; i < Questions; i++) await _echo.Ask(Question);
    }

    [Benchmark(OperationsPerInvoke = Questions)]
    public async Task Ask_with_a_timeout()
    {
        for (var i = 0; i < Questions; i++) await _echo.Ask(Question, TimeSpan.FromSeconds(5));
    }

    private async Task ReadAsync()
    {
        await foreach (var reply in _channel.Reader.ReadAllAsync()) reply.SetResult(Question);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }
}
