using System.Collections.Immutable;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Bgp.Rib;
using Agent.Ipam;
using Agent.Planning;
using Agent.Primitives;
using RouteProtocol = Agent.Actors.Routing.RouteProtocol;

namespace Agent.Actors.Workloads;

/// <summary>The node's pods: one CNI request at a time for a pod (its host interface), each carried out by a
/// short-lived child; the whole set to the programmer.</summary>
/// <remarks>
/// What is attached follows from what is assigned: the block owner tells it after recovery, and every ADD and DEL goes
/// through here. The programmer installs a pod's route as soon as its link is there, so an address that was assigned
/// but never wired has none.
/// </remarks>
public sealed class PodsActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    private readonly WorkloadPorts _ports;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, Attachment> _attached = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Queue<Operation>> _queues = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private ClusterSnapshot? _snapshot;
    private int _attachments;
    private bool _recovered;

    /// <summary>The pods of a node.</summary>
    public PodsActor(WorkloadPorts ports) => _ports = ports;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of the pods of a node.</summary>
    public static Props For(WorkloadPorts ports) => Props.Create(() => new PodsActor(ports));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(failure =>
    {
        _log.Error(failure, "a CNI request failed");
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void PreStart() => AskForAllocations();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PodProtocol.Add add: Enqueue(add.Sandbox, add); break;
            case PodProtocol.Delete delete: Enqueue(delete.Sandbox, delete); break;
            case Finished finished: OnFinished(finished); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case IpamProtocol.Allocations allocations: OnAllocations(allocations); break;
            case AskAgain: AskForAllocations(); break;
            case PodProtocol.SetSnapshot set: _snapshot = set.Snapshot; break;
            case PodProtocol.Check check:
                Sender.Tell(
                    Refusal(check) is { } reason ? reason
                        : _attached.ContainsKey(check.Sandbox.Handle) ? PodProtocol.Done.Instance
                        : new PodProtocol.Failed(PodProtocol.Generic,
                            $"container {check.Sandbox.ContainerId} has no address on this node"),
                    Self);
                break;
            case PodProtocol.Collect collect: OnCollect(collect); break;
            case PodProtocol.GetReadiness:
                Sender.Tell(NotReady() is { } notReady ? notReady : PodProtocol.Done.Instance, Self);
                break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private PodProtocol.Failed? NotReady() => !_recovered
        ? new PodProtocol.Failed(PodProtocol.NotAvailable, "the agent is still reading its journal; try again")
        : _snapshot is null
            ? new PodProtocol.Failed(PodProtocol.NotAvailable,
                "Calico is currently not ready to process requests: the cluster's resources are not known yet")
            : null;

    private void Enqueue(PodProtocol.Sandbox sandbox, object request)
    {
        var turn = sandbox.HostInterface;
        if (!_queues.TryGetValue(turn, out var queue)) _queues[turn] = queue = new Queue<Operation>();
        queue.Enqueue(new Operation(sandbox, request, Sender));
        if (queue.Count == 1) Begin(queue.Peek());
    }

    private void Begin(Operation operation)
    {
        if (Refusal(operation.Request) is { } reason)
        {
            operation.ReplyTo.Tell(reason, Self);
            Next(operation);
            return;
        }

        var sandbox = operation.Sandbox;
        var child = Context.ActorOf(operation.Request switch
        {
            PodProtocol.Add add => PodAddActor.For(add, _snapshot!, _attached.ContainsKey(sandbox.Handle), _ports),
            PodProtocol.Delete delete =>
                PodDeleteActor.For(delete, HostInterfaceOf(sandbox), AddressesOf(sandbox.Handle), _ports),
            var other => throw new InvalidOperationException($"no way to carry out {other}"),
        });
        Context.Watch(child);
        _operations[child.Path.Name] = operation;

        // Before the link is made anew: the route of the pod's older sandbox must not come back with it.
        if (operation.Request is PodProtocol.Add && HostInterfaceOf(sandbox) is null) TellPods();
    }

    /// <summary>A DEL needs only to know what is attached: without that it could take the link of a newer sandbox
    /// away.</summary>
    private PodProtocol.Failed? Refusal(object request) => request is PodProtocol.Add
        ? NotReady()
        : _recovered ? null
        : new PodProtocol.Failed(PodProtocol.TryAgain, "the agent is still reading its journal; try again");

    private void OnFinished(Finished finished)
    {
        if (!_operations.TryGetValue(Sender.Path.Name, out var operation)) return;
        operation.Answered = true;
        switch (operation.Request)
        {
            case PodProtocol.Add add:
                if (finished.Addresses.Length > 0)
                    _attached[operation.Sandbox.Handle] =
                        new Attachment(finished.Addresses, add.Sandbox, ++_attachments);
                TellPods();
                break;
            case PodProtocol.Delete when finished.Answer is PodProtocol.Done:
                _attached.Remove(operation.Sandbox.Handle);
                TellPods();
                break;
        }

        operation.ReplyTo.Tell(finished.Answer, Self);
        Context.Stop(Sender);
    }

    private void OnTerminated(IActorRef child)
    {
        if (!_operations.Remove(child.Path.Name, out var operation)) return;
        if (!operation.Answered)
        {
            operation.ReplyTo.Tell(new PodProtocol.Failed(PodProtocol.Generic,
                "the request failed inside the agent; its log says why"), Self);
            TellPods();
        }

        Next(operation);
    }

    private void Next(Operation done)
    {
        var queue = _queues[done.Sandbox.HostInterface];
        queue.Dequeue();
        if (queue.TryPeek(out var next)) Begin(next);
        else _queues.Remove(done.Sandbox.HostInterface);
    }

    /// <summary>The block owner answers once it has read its journal; while it is away there is nobody to hear the
    /// question.</summary>
    private void AskForAllocations()
    {
        if (_recovered) return;
        _ports.Ipam.Tell(IpamProtocol.GetAllocations.Instance, Self);
        Timers.StartSingleTimer("allocations", AskAgain.Instance, AskInterval);
    }

    private void OnAllocations(IpamProtocol.Allocations allocations)
    {
        if (_recovered) return;
        Timers.Cancel("allocations");
        foreach (var pod in allocations.Items
            .OrderBy(item => item.Attributes[OwnerAttributes.Timestamp], StringComparer.Ordinal)
            .GroupBy(item => item.Handle, StringComparer.Ordinal))
        {
            _attached[pod.Key] = new Attachment(
                [.. pod.Select(item => item.Address).Order()], SandboxOf(pod.Key, pod.First().Attributes),
                ++_attachments);
        }

        _recovered = true;
        TellPods();
    }

    private static PodProtocol.Sandbox SandboxOf(string handle, OwnerAttributes attributes)
    {
        var dot = handle.IndexOf('.', StringComparison.Ordinal);
        return new PodProtocol.Sandbox(
            handle[..Math.Max(dot, 0)], handle[(dot + 1)..], attributes[OwnerAttributes.Namespace],
            attributes[OwnerAttributes.Pod]);
    }

    /// <summary>The host end, unless a newer sandbox of the same pod has taken the name over.</summary>
    private string? HostInterfaceOf(PodProtocol.Sandbox sandbox)
    {
        var name = sandbox.HostInterface;
        return _attached.Any(other => other.Key != sandbox.Handle && other.Value.HostInterface == name) ? null : name;
    }

    private ImmutableArray<IpAddr> AddressesOf(string handle) =>
        _attached.TryGetValue(handle, out var attachment) ? attachment.Addresses : [];

    private void OnCollect(PodProtocol.Collect collect)
    {
        if (Refusal(collect) is { } reason)
        {
            Sender.Tell(reason, Self);
            return;
        }

        var prefix = collect.Network + ".";
        string[] leaked =
        [
            .. _attached.Keys.Where(handle => handle.StartsWith(prefix, StringComparison.Ordinal)
                && !collect.ValidContainerIds.Contains(handle[prefix.Length..])),
        ];
        foreach (var handle in leaked)
        {
            _log.Info("{0} is no valid attachment any more and is released", handle);
            Self.Tell(new PodProtocol.Delete(_attached[handle].Sandbox, null, "eth0"), ActorRefs.NoSender);
        }

        Sender.Tell(PodProtocol.Done.Instance, Self);
    }

    /// <summary>The link of a pod leads to its newest sandbox; an older one that is still to be deleted has its
    /// address, and no route.</summary>
    private void TellPods()
    {
        var newest = new SortedDictionary<string, Attachment>(StringComparer.Ordinal);
        foreach (var pod in _attached.Values)
            if (!newest.TryGetValue(pod.HostInterface, out var other) || other.Number < pod.Number)
                newest[pod.HostInterface] = pod;
        foreach (var operation in _operations.Values)
        {
            if (operation.Request is PodProtocol.Add && newest.TryGetValue(operation.Sandbox.HostInterface, out var pod)
                && pod.Sandbox.Handle != operation.Sandbox.Handle
                    && !operation.Answered) newest.Remove(pod.HostInterface);
        }

        _ports.Routes.Tell(
            new RouteProtocol.SetPods(
            [
                .. from pod in newest.Values
                   from address in pod.Addresses
                   select new RouteProtocol.PodRoute(address, pod.HostInterface),
            ]),
            Self);
        _ports.LocalPeers.Tell(
            new LocalPeersProtocol.SetPods(
            [
                .. from pod in newest.Values
                   let sandbox = pod.Sandbox
                   where sandbox is { Namespace: not null, Pod: not null }
                   select new LocalPeersProtocol.LocalPod(
                       sandbox.Namespace!, sandbox.Pod!, pod.HostInterface, pod.Addresses),
            ]),
            Self);
        _ports.Rib.Tell(
            new RibProtocol.SetWorkloads(
            [
                .. from pod in newest.Values
                   from address in pod.Addresses
                   select new LocalRoute(IpPrefix.Host(address), LocalRouteKind.Workload, Device: pod.HostInterface),
            ]),
            Self);
    }

    private PodProtocol.Description Description() => new(
        [
            .. _attached.Select(pod =>
                $"{string.Join(',', pod.Value.Addresses)} dev {pod.Value.HostInterface} {pod.Key}"),
        ],
        [.. _operations.Values.Select(operation => $"{operation.Request.GetType().Name} {operation.Sandbox.Handle}")
            .Order(StringComparer.Ordinal)]);

    private sealed record AskAgain
    {
        public static AskAgain Instance { get; } = new();
    }

    internal sealed record Finished(object Answer, ImmutableArray<IpAddr> Addresses);

    private sealed record Attachment(
        ImmutableArray<IpAddr> Addresses, PodProtocol.Sandbox Sandbox, int Number)
    {
        public string HostInterface { get; } = Sandbox.HostInterface;
    }

    private sealed class Operation(PodProtocol.Sandbox sandbox, object request, IActorRef replyTo)
    {
        public PodProtocol.Sandbox Sandbox { get; } = sandbox;

        public object Request { get; } = request;

        public IActorRef ReplyTo { get; } = replyTo;

        public bool Answered { get; set; }
    }
}
