using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Agent.Runtime.Actor;

namespace Agent.Runtime.TestKit;

/// <summary>The messages that a test actor has received and the test has not yet looked at.</summary>
[SuppressMessage("Design", "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing to dispose of.")]
internal sealed class TestQueue
{
    private readonly ConcurrentQueue<MessageEnvelope> _messages = new();
    private readonly SemaphoreSlim _available = new(0);

    public bool HasMessages => !_messages.IsEmpty;

    public void Add(MessageEnvelope message)
    {
        _messages.Enqueue(message);
        _available.Release();
    }

    /// <summary>Takes the next message, or looks at it only, waiting for it at most so long: on this thread if it is to
    /// block, so that the task is complete when it is returned.</summary>
    /// <returns>Null if none came.</returns>
    public async Task<MessageEnvelope?> NextAsync(bool blocking, bool peek, TimeSpan max,
        CancellationToken cancellation)
    {
        var came = blocking
            ? _available.Wait(max, cancellation)
            : await _available.WaitAsync(max, cancellation);
        if (!came)
            return null;
        if (!peek)
            return _messages.TryDequeue(out var taken) ? taken : null;
        _available.Release();
        return _messages.TryPeek(out var next) ? next : null;
    }
}

/// <summary>The actor behind a test kit or a probe: puts what it receives in the queue of the test.</summary>
internal sealed class TestActor(TestQueue queue) : UntypedActor
{
    private Func<object, bool>? _ignore;
    private AutoPilot _pilot = AutoPilot.NoAutoPilot;

    /// <summary>Passes over the messages for which this holds; null for none.</summary>
    public sealed record SetIgnore(Func<object, bool>? Ignore);

    /// <summary>Reacts to messages from now on.</summary>
    public sealed record SetAutoPilot(AutoPilot Pilot);

    /// <summary>Watches an actor, or no longer; <paramref name="Done"/> completes when that is so.</summary>
    public sealed record SetWatch(IActorRef Subject, bool On, TaskCompletionSource Done);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SetIgnore set:
                _ignore = set.Ignore;
                break;
            case SetAutoPilot set:
                _pilot = set.Pilot;
                break;
            case SetWatch { On: true } set:
                Context.Watch(set.Subject);
                set.Done.SetResult();
                break;
            case SetWatch set:
                Context.Unwatch(set.Subject);
                set.Done.SetResult();
                break;
            default:
                if (_pilot.Run(Sender, message) is not KeepRunning and var next)
                    _pilot = next;
                if (_ignore?.Invoke(message) != true)
                    queue.Add(new ReceivedMessage(message, Sender));
                break;
        }
    }
}
