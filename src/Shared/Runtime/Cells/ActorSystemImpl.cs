using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Cells;

/// <summary>A system in this process, whichever way it gets its turns.</summary>
/// <remarks>The tree is <c>/</c> with the guardians <c>/user</c> and <c>/system</c>; refs without actors stand at
/// <c>/deadLetters</c> and, while an Ask waits, below <c>/temp</c>.</remarks>
internal sealed partial class ActorSystemImpl : ExtendedActorSystem
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();
    private readonly TaskCompletionSource _terminated;
    private readonly List<Action> _onTermination = [];
    private readonly Lock _lock = new();
    private readonly LocalActorRef _root;
    private readonly TimeProviderScheduler? _ownScheduler;
    private long _uid;

    public ActorSystemImpl(string name, RuntimeSetup setup, Dispatcher dispatcher)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!ValidName().IsMatch(name))
        {
            throw new ArgumentException(
                $"Invalid actor system name [{name}]: it must begin with an ASCII letter or digit and hold only "
                + "these, - and _.", nameof(name));
        }

        Name = name;
        Setup = setup;
        Dispatcher = dispatcher;
        lock (setup.Random)
            _uid = setup.Random.NextInt64(1, 1L << 48);
        _terminated = new TaskCompletionSource(dispatcher.TaskOptions);
        EventStream = new EventStream();
        Log = new BusLogging(this, $"ActorSystem({name})", typeof(ActorSystem));
        Scheduler = setup.Scheduler ?? (_ownScheduler = new TimeProviderScheduler(
            setup.Time, e => Log.Error(e, $"A scheduled action failed: {e.Message}")));
        StartTime = Scheduler.MonotonicClock;
        RootPath = new RootActorPath(new Address("akka", name));
        var deadLetters = new DeadLetterRef(this, RootPath / "deadLetters");
        DeadLetters = deadLetters;
        IgnoreRef = new IgnoreRefImpl(this, RootPath / "ignore");
        Temp = new TempContainer(this, RootPath / "temp");
        _root = new LocalActorRef(this, Props.Create(() => new RootGuardian()),
            new Universe(this, RootPath / "universe"), RootPath);
        Root = new RootRef(this, _root, deadLetters, Temp);
        _root.Start();
        SystemGuardian = _root.Cell.MakeChild(Props.Create(() => new Guardian()), "system");
        UserGuardian = _root.Cell.MakeChild(Props.Create(() => new Guardian()), "user");
        _root.Tell(RootGuardian.WatchGuardians, ActorRefs.NoSender);
    }

    public RuntimeSetup Setup { get; }

    public Dispatcher Dispatcher { get; }

    public TimeProvider Time => Setup.Time;

    public ActorPath RootPath { get; }

    /// <summary>Where absolute paths begin.</summary>
    public RootRef Root { get; }

    public LocalActorRef UserGuardian { get; }

    public LocalActorRef SystemGuardian { get; }

    public TempContainer Temp { get; }

    /// <summary>The way to other nodes, once the system is a node of a cluster that has one.</summary>
    public Remoting? Remoting { get; set; }

    public override string Name { get; }

    public override IScheduler Scheduler { get; }

    public override EventStream EventStream { get; }

    public override ILoggingAdapter Log { get; }

    public override IActorRef DeadLetters { get; }

    public override IActorRef IgnoreRef { get; }

    public override Task WhenTerminated => _terminated.Task;

    /// <summary>The uid of the next incarnation; never 0.</summary>
    public long NextUid() => Interlocked.Increment(ref _uid);

    public override IActorRef ActorOf(Props props, string? name = null) => UserGuardian.Cell.ActorOf(props, name);

    /// <summary>Makes an actor of infrastructure, below <c>/system</c>. It outlives the users' actors at
    /// termination.</summary>
    public IActorRef SystemActorOf(Props props, string? name = null) => SystemGuardian.Cell.MakeChild(props, name);

    public override ActorSelection ActorSelection(ActorPath actorPath)
    {
        ArgumentNullException.ThrowIfNull(actorPath);
        return actorPath.Address == RootPath.Address
            ? new ActorSelection(Root, actorPath.Elements)
            : new ActorSelection(Remoting?.Resolve(actorPath) ?? new AbsentRef(this, actorPath), []);
    }

    public override ActorSelection ActorSelection(string actorPath)
    {
        ArgumentNullException.ThrowIfNull(actorPath);
        return ActorPath.TryParse(actorPath, out var path)
            ? ActorSelection(path!)
            : new ActorSelection(Root, actorPath.Split('/'));
    }

    public override void Stop(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (actor is LocalActorRef { Parent: LocalActorRef parent }
            && (ReferenceEquals(parent, UserGuardian) || ReferenceEquals(parent, SystemGuardian)))
            parent.Tell(new StopChild(actor), ActorRefs.NoSender);
        else
            ((IInternalActorRef)actor).SendSystemMessage(new Terminate());
    }

    public override Task Terminate()
    {
        _ = CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        return WhenTerminated;
    }

    /// <summary>Stops all actors: the users', then infrastructure's.</summary>
    public void StopGuardians() => UserGuardian.Stop();

    public override void RegisterOnTermination(Action code)
    {
        ArgumentNullException.ThrowIfNull(code);
        lock (_lock)
        {
            if (WhenTerminated.IsCompleted)
                throw new InvalidOperationException($"The actor system [{Name}] has terminated.");
            _onTermination.Add(code);
        }
    }

    public override object RegisterExtension(IExtensionId extension)
    {
        ArgumentNullException.ThrowIfNull(extension);
        return _extensions.GetOrAdd(extension.ExtensionType,
            _ => new Lazy<object>(() => extension.CreateExtension(this))).Value;
    }

    public override object GetExtension(IExtensionId extensionId)
    {
        ArgumentNullException.ThrowIfNull(extensionId);
        return TryGetExtension(extensionId.ExtensionType, out var extension)
            ? extension!
            : throw new InvalidOperationException(
                $"The extension [{extensionId.ExtensionType}] is not registered with [{Name}].");
    }

    public override T? GetExtension<T>() where T : class => TryGetExtension<T>(out var extension) ? extension : null;

    public override bool HasExtension(Type type) => _extensions.ContainsKey(type);

    public override bool HasExtension<T>() => HasExtension(typeof(T));

    public override bool TryGetExtension(Type extensionType, out object? extension)
    {
        extension = _extensions.TryGetValue(extensionType, out var made) ? made.Value : null;
        return extension is not null;
    }

    public override bool TryGetExtension<T>(out T? extension) where T : class
    {
        var found = TryGetExtension(typeof(T), out var any);
        extension = any as T;
        return found;
    }

    /// <summary>Publishes a message that nobody will receive, unless that is no loss.</summary>
    public void PublishDeadLetter(in Envelope envelope, IActorRef recipient)
    {
        switch (envelope.Message)
        {
            case AllDeadLetters or IDeadLetterSuppression:
                break;
            case Identify identify:
                envelope.Sender?.Tell(new ActorIdentity(identify.MessageId, null), recipient);
                break;
            default:
                EventStream.Publish(new DeadLetter(envelope.Message, envelope.Sender ?? DeadLetters, recipient));
                break;
        }
    }

    /// <summary>Whether a log event of this level is kept.</summary>
    public bool IsLogged(LogLevel level, string source) =>
        Setup.LogFilter is { } filter ? filter(level, source) : level >= Setup.LogLevel;

    /// <summary>Publishes a log event and gives it to the sink.</summary>
    public void Publish(LogLevel level, string source, Type type, Exception? cause, string message)
    {
        if (!IsLogged(level, source))
            return;
        var now = Time.GetUtcNow();
        EventStream.Publish(level switch
        {
            LogLevel.DebugLevel => new Debug(source, type, cause, message, now),
            LogLevel.InfoLevel => new Info(source, type, cause, message, now),
            LogLevel.WarningLevel => new Warning(source, type, cause, message, now),
            _ => (LogEvent)new Error(source, type, cause, message, now),
        });
        Setup.LogSink?.Invoke(new LogEntry(now, level, source, message, cause));
    }

    /// <summary>The last actor has stopped.</summary>
    public void OnTerminated()
    {
        Action[] actions;
        lock (_lock)
        {
            if (!_terminated.TrySetResult())
                return;
            actions = [.. _onTermination];
        }

        _ownScheduler?.Dispose();
        foreach (var action in actions)
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                Log.Error(e, $"A termination callback failed: {e.Message}");
            }
        }
    }

    public override string ToString() => $"akka://{Name}";

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9-_]*$")]
    private static partial Regex ValidName();
}
