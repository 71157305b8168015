using Agent.Runtime.Cells;
using Agent.Runtime.Event;

namespace Agent.Runtime.Actor;

/// <summary>Ends a system in phases, one after the other; the tasks of a phase run side by side.</summary>
/// <remarks>It runs once; a later call gets the same outcome and the first reason stands. A task that fails, or is not
/// through within its phase's timeout, is logged and the next phase begins. The last phase terminates the
/// system.</remarks>
public sealed class CoordinatedShutdown : IExtension
{
    private static readonly string[] Phases =
    [
        PhaseBeforeServiceUnbind, PhaseServiceUnbind, PhaseServiceRequestsDone, PhaseServiceStop,
        PhaseBeforeClusterShutdown,
        PhaseClusterShardingShutdownRegion, PhaseClusterLeave, PhaseClusterExiting, PhaseClusterExitingDone,
        PhaseClusterShutdown,
        PhaseBeforeActorSystemTerminate, PhaseActorSystemTerminate,
    ];

    private readonly ActorSystemImpl _system;
    private readonly Lock _lock = new();
    private readonly List<(string Phase, string Name, Func<Task<Done>> Run)> _tasks = [];
    private Task<Done>? _run;

    private CoordinatedShutdown(ActorSystemImpl system)
    {
        _system = system;
        AddTask(PhaseActorSystemTerminate, "terminate-system", async () =>
        {
            system.StopGuardians();
            await system.WhenTerminated.ConfigureAwait(false);
            return Done.Instance;
        });
    }

    /// <summary>First: before ports close.</summary>
    public static string PhaseBeforeServiceUnbind => "before-service-unbind";

    /// <summary>Take no new connections.</summary>
    public static string PhaseServiceUnbind => "service-unbind";

    /// <summary>Finish what was accepted.</summary>
    public static string PhaseServiceRequestsDone => "service-requests-done";

    /// <summary>Close what is left.</summary>
    public static string PhaseServiceStop => "service-stop";

    /// <summary>Before the node leaves the cluster.</summary>
    public static string PhaseBeforeClusterShutdown => "before-cluster-shutdown";

    /// <summary>Hand shards over.</summary>
    public static string PhaseClusterShardingShutdownRegion => "cluster-sharding-shutdown-region";

    /// <summary>Say that the node leaves.</summary>
    public static string PhaseClusterLeave => "cluster-leave";

    /// <summary>Wait until the others know.</summary>
    public static string PhaseClusterExiting => "cluster-exiting";

    /// <summary>Say that it is done.</summary>
    public static string PhaseClusterExitingDone => "cluster-exiting-done";

    /// <summary>Stop the cluster's actors.</summary>
    public static string PhaseClusterShutdown => "cluster-shutdown";

    /// <summary>The last moment at which actors are there.</summary>
    public static string PhaseBeforeActorSystemTerminate => "before-actor-system-terminate";

    /// <summary>Stop all actors.</summary>
    public static string PhaseActorSystemTerminate => "actor-system-terminate";

    /// <summary>The system that ends.</summary>
    public ExtendedActorSystem System => _system;

    /// <summary>Why it ends; null as long as it does not.</summary>
    public Reason? ShutdownReason { get; private set; }

    /// <summary>The sum of all phases' timeouts.</summary>
    public TimeSpan TotalTimeout => Phases.Aggregate(TimeSpan.Zero, (sum, phase) => sum + Timeout(phase));

    /// <summary>The shutdown of this system.</summary>
    public static CoordinatedShutdown Get(ActorSystem sys) => Extension.Instance.Apply(sys);

    /// <summary>How long the tasks of a phase may take.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public TimeSpan Timeout(string phase) => TimeSpan.FromSeconds(
        Known(phase) == PhaseClusterShardingShutdownRegion || phase == PhaseActorSystemTerminate ? 10 : 5);

    /// <summary>Adds a task to a phase. It is started when the phase begins, and not at all where that is
    /// past.</summary>
    /// <exception cref="ArgumentException">There is no such phase, or the task has no name.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        ArgumentException.ThrowIfNullOrEmpty(taskName);
        ArgumentNullException.ThrowIfNull(task);
        lock (_lock)
            _tasks.Add((Known(phase), taskName, task));
    }

    /// <summary>Runs the phases, from one on where it is given; once.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var first = fromPhase is null ? 0 : Array.IndexOf(Phases, Known(fromPhase));
        TaskCompletionSource<Done> completion;
        lock (_lock)
        {
            if (_run is not null)
                return _run;
            ShutdownReason = reason;
            completion = new TaskCompletionSource<Done>(_system.Dispatcher.TaskOptions);
            _run = completion.Task;
        }

        _ = RunPhases(first, completion);
        return completion.Task;
    }

    private static string Known(string phase) => Phases.Contains(phase) ? phase : throw new ArgumentException(
        $"Unknown phase [{phase}]; the phases are {string.Join(", ", Phases)}.", nameof(phase));

    private async Task RunPhases(int first, TaskCompletionSource<Done> completion)
    {
        foreach (var phase in Phases[first..])
        {
            (string Phase, string Name, Func<Task<Done>> Run)[] tasks;
            lock (_lock)
                tasks = [.. _tasks.Where(t => t.Phase == phase)];
            await Task.WhenAll(tasks.Select(task => RunTask(phase, task.Name, task.Run))).ConfigureAwait(false);
        }

        completion.SetResult(Done.Instance);
    }

    private async Task RunTask(string phase, string name, Func<Task<Done>> run)
    {
        try
        {
            await run().WaitAsync(Timeout(phase), _system.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _system.Log.Warning(
                "Coordinated shutdown: the task [{0}] of phase [{1}] is not through within {2}; going on", name, phase,
                Timeout(phase));
        }
        catch (Exception e)
        {
            _system.Log.Warning(e, "Coordinated shutdown: the task [{0}] of phase [{1}] failed; going on", name, phase);
        }
    }

    /// <summary>Why a system ends.</summary>
    public class Reason
    {
        /// <summary>For reasons of one's own.</summary>
        protected Reason()
        {
        }
    }

    /// <summary>The process ends.</summary>
    public class ClrExitReason : Reason
    {
        /// <summary>The one instance.</summary>
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }
    }

    /// <summary>The system's <c>Terminate</c> was called.</summary>
    internal sealed class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();
    }

    private sealed class Extension : ExtensionIdProvider<CoordinatedShutdown>
    {
        public static readonly Extension Instance = new();

        public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
    }
}
