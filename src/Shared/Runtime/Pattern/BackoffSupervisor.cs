using Agent.Runtime.Actor;
using Agent.Runtime.Cells;

namespace Agent.Runtime.Pattern;

/// <summary>Keeps one child alive, starting it again after a pause that grows from one failure to the next. Everything
/// else that it is told it forwards to the child.</summary>
/// <remarks>A new start is a new actor: the old one stops (PostStop, no PreRestart), and what comes during the pause is
/// a dead letter, unless there is a reply for it.</remarks>
public sealed class BackoffSupervisor : ActorBase
{
    private readonly BackoffPlan _plan;
    private readonly OneForOneStrategy _strategy;
    private IActorRef? _child;
    private int _restarts;
    private bool _mayStart;
    private bool _finalStop;

    internal BackoffSupervisor(BackoffPlan plan)
    {
        _plan = plan;
        _strategy = new OneForOneStrategy(Decide, loggingEnabled: true);
    }

    /// <summary>Props of a supervisor with options.</summary>
    public static Props Props(BackoffOptions options)
    {
        var plan = ((BackoffPlanOptions)options).Plan;
        return Actor.Props.Create(() => new BackoffSupervisor(plan));
    }

    /// <summary>Props of a supervisor that starts its child again whenever it stops, without limit.</summary>
    public static Props Props(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff,
        double randomFactor) =>
        Props(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    /// <summary>Props of a supervisor that starts its child again whenever it stops, so many times.</summary>
    public static Props Props(Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
            Props(Backoff.OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries));

    /// <summary>Props of a supervisor that starts its child again whenever it stops, with a strategy for its
    /// failures.</summary>
    public static Props PropsWithSupervisorStrategy(Props childProps, string childName, TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor, SupervisorStrategy strategy) =>
        Props(childProps, childName, minBackoff, maxBackoff, randomFactor).WithSupervisorStrategy(strategy);

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => _strategy;

    /// <inheritdoc/>
    protected override void PreStart() => StartChild();

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case StartAgain:
                StartChild();
                break;
            case ResetAfter reset:
                if (reset.Restarts == _restarts)
                    _restarts = 0;
                break;
            case Reset when _plan.AutoReset is null && Sender.Equals(_child):
                _restarts = 0;
                break;
            case GetCurrentChild:
                Sender.Tell(new CurrentChild(_child ?? ActorRefs.Nobody), Self);
                break;
            case GetRestartCount:
                Sender.Tell(new RestartCount(_restarts), Self);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_child):
                ChildEnded();
                break;
            case Terminated:
                return false;
            default:
                Pass(message);
                break;
        }

        return true;
    }

    private void StartChild()
    {
        if (_child is not null)
            return;
        _mayStart = _plan.OnStop;
        _child = Context.Watch(Context.ActorOf(_plan.ChildProps, _plan.ChildName));
        if (_plan.AutoReset is { } reset && _restarts > 0)
            Context.System.Scheduler.ScheduleTellOnce(reset, Self, new ResetAfter(_restarts), Self);
    }

    // A failure for which the strategy says Restart ends the child, to be started again after the pause.
    private Directive Decide(Exception cause)
    {
        var directive = _plan.Strategy.Decide(cause);
        if (directive == Directive.Restart)
            _mayStart = true;
        return directive == Directive.Restart ? Directive.Stop : directive;
    }

    private void ChildEnded()
    {
        _child = null;
        if (_finalStop || !_mayStart || (_plan.MaxRetries >= 0 && _restarts >= _plan.MaxRetries))
        {
            Context.Stop(Self);
            return;
        }

        var random = ((ActorSystemImpl)Context.System).Setup.Random;
        double chance;
        lock (random)
            chance = random.NextDouble();
        Context.System.Scheduler.ScheduleTellOnce(_plan.PauseBefore(_restarts, chance), Self, StartAgain.Instance,
            Self);
        _restarts++;
    }

    private void Pass(object message)
    {
        if (_child is not null)
        {
            _finalStop |= _plan.IsFinalStop?.Invoke(message) == true;
            _child.Forward(message);
        }
        else if (_plan.IsFinalStop?.Invoke(message) == true)
        {
            Context.Stop(Self);
        }
        else if (_plan.ReplyWhileStopped is { } reply)
        {
            Sender.Tell(reply, Self);
        }
        else
        {
            Context.System.DeadLetters.Forward(message);
        }
    }

    /// <summary>Asks for the child: answered with <see cref="CurrentChild"/>.</summary>
    public sealed class GetCurrentChild
    {
        /// <summary>The one instance.</summary>
        public static readonly GetCurrentChild Instance = new();

        private GetCurrentChild()
        {
        }
    }

    /// <summary>The child there is.</summary>
    public sealed class CurrentChild(IActorRef @ref)
    {
        /// <summary>The child, or <see cref="ActorRefs.Nobody"/> during a pause.</summary>
        public IActorRef Ref { get; } = @ref;
    }

    /// <summary>Asks how often the child was started again: answered with <see cref="RestartCount"/>.</summary>
    public sealed class GetRestartCount
    {
        /// <summary>The one instance.</summary>
        public static readonly GetRestartCount Instance = new();

        private GetRestartCount()
        {
        }
    }

    /// <summary>How often the child was started again since the count last began anew.</summary>
    public sealed class RestartCount(int count)
    {
        /// <summary>The count.</summary>
        public int Count { get; } = count;
    }

    /// <summary>Told by the child: the count of restarts begins anew.</summary>
    public sealed class Reset
    {
        /// <summary>The one instance.</summary>
        public static readonly Reset Instance = new();

        private Reset()
        {
        }
    }

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();
    }

    private sealed record ResetAfter(int Restarts);
}
