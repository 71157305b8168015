using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Actors.Resources;
using Agent.Datastore;
using Agent.Netlink;
using Agent.Planning;
using Agent.Resources;

namespace Agent.Actors.Workloads;

/// <summary>Pods that peer (spec calico-bgp 2.8): reads the labels of local pods for the planner, and gives the host
/// ends of their links the peering address.</summary>
/// <remarks>
/// Labels are read while some peering selects pods, at every change of the set of pods and every
/// <see cref="LookInterval"/>: no watch on all Pods of the cluster for the few of one node. Addresses are put in place
/// again at each look, since a link may have been made anew; one that is no longer wanted is taken away.
/// </remarks>
public sealed class LocalPeersActor : UntypedActor, IWithTimers
{
    /// <summary>How long a changed label may go unnoticed.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly IDatastore _datastore;
    private readonly IKernel _kernel;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedSet<HostAddress> _set = [];
    private LocalPeersProtocol.Arrange _wanted = new(false, []);
    private ImmutableArray<LocalPeersProtocol.LocalPod> _pods = [];
    private ImmutableArray<LocalWorkload> _workloads = [];
    private IActorRef _planner = ActorRefs.Nobody;
    private string? _problem;
    private int _round;

    /// <summary>The pods that peer, of a node with this datastore and kernel.</summary>
    public LocalPeersActor(IDatastore datastore, IKernel kernel) => (_datastore, _kernel) = (datastore, kernel);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of the pods that peer.</summary>
    public static Props For(IDatastore datastore, IKernel kernel) =>
        Props.Create(() => new LocalPeersActor(datastore, kernel));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LocalPeersProtocol.SetPods set:
                _pods = set.Pods;
                Look();
                break;
            case LocalPeersProtocol.Arrange wanted: OnArrange(wanted); break;
            case LocalPeersProtocol.Look: Look(); break;
            case LocalPeersProtocol.Read read when read.Round == _round: OnRead(read.Workloads); break;
            case LocalPeersProtocol.NotRead failed when failed.Round == _round: Note(failed.Reason); break;
            case LocalPeersProtocol.Read or LocalPeersProtocol.NotRead: break;
            case LocalPeersProtocol.Set set: OnSet(set); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnArrange(LocalPeersProtocol.Arrange wanted)
    {
        _planner = Sender;
        var began = wanted.NeedsLabels && !_wanted.NeedsLabels;
        _wanted = wanted;
        if (!wanted.NeedsLabels) Timers.Cancel("look");
        else if (began) Timers.StartPeriodicTimer("look", LocalPeersProtocol.Look.Instance, LookInterval);
        if (began) Look();
        else SetAddresses();
    }

    private void Look()
    {
        if (_wanted.NeedsLabels)
        {
            var round = ++_round;
            ReadAsync(_datastore, _pods).PipeTo(
                Self, success: workloads => new LocalPeersProtocol.Read(round, workloads),
                failure: cause => new LocalPeersProtocol.NotRead(round, cause.Message));
        }

        SetAddresses();
    }

    private static async Task<ImmutableArray<LocalWorkload>> ReadAsync(
        IDatastore datastore, ImmutableArray<LocalPeersProtocol.LocalPod> pods)
    {
        var workloads = ImmutableArray.CreateBuilder<LocalWorkload>();
        foreach (var pod in pods)
        {
            if (await datastore.GetAsync(new ResourceKey(Kinds.Pod, pod.Name, pod.Namespace)) is { } document)
                workloads.Add(new LocalWorkload(pod.Device, pod.Addresses)
                {
                    Labels = LocalWorkload.LabelsOf(document),
                });
        }

        return workloads.ToImmutable();
    }

    private void OnRead(ImmutableArray<LocalWorkload> workloads)
    {
        if (workloads.AsSpan().SequenceEqual(_workloads.AsSpan())) return;
        _workloads = workloads;
        _planner.Tell(new PlannerProtocol.SetWorkloads(workloads), Self);
    }

    private void SetAddresses()
    {
        // A link that went with its pod took its address along.
        HostAddress[] wanted =
            [.. _wanted.Addresses.Where(address => _pods.Any(pod => pod.Device == address.Device))];
        foreach (var old in _set.Except(wanted).ToArray())
        {
            _set.Remove(old);
            CarryOut(old, new PodStep.DeleteHostAddress(old.Device, old.Address));
        }

        foreach (var address in wanted)
        {
            _set.Add(address);
            CarryOut(address, new PodStep.AddHostAddress(address.Device, address.Address));
        }
    }

    private void CarryOut(HostAddress address, PodStep step) =>
        _kernel.CarryOutAsync(new PodPlan(null, [step])).PipeTo(
            Self, success: outcome => new LocalPeersProtocol.Set(address, outcome.Error?.ToString()),
            failure: cause => new LocalPeersProtocol.Set(address, cause.Message));

    private void OnSet(LocalPeersProtocol.Set set)
    {
        if (set.Problem is { } problem)
            Note($"the address {set.Address.Address} for peering cannot be set on {set.Address.Device}: {problem}");
    }

    private void Note(string problem)
    {
        if (problem != _problem) _log.Warning("{0}; trying again in {1} s", problem, LookInterval.TotalSeconds);
        _problem = problem;
    }

    private LocalPeersProtocol.Description Description() => new(
        [.. _workloads.Select(workload => $"{workload.Device} {string.Join(',', workload.Addresses)}")],
        [.. _set.Select(address => $"{address.Address} dev {address.Device}")],
        _problem);
}
