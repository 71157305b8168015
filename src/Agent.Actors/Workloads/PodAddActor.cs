using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Datastore;
using Agent.Ipam;
using Agent.Netlink;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Workloads;

/// <summary>One CNI ADD: documents, address (journaled), wiring (acknowledged by the kernel), note, answer - in this
/// order.</summary>
/// <remarks>
/// A pod has one address of each family that is asked for, or none at all: where the second is refused, the first is
/// released. A failure after the assignment takes the link away again and leaves the addresses assigned: the runtime's
/// DEL frees them (architecture, "Who may give out an address"). The actor lives for one request; its parent lets one
/// request at a time run for a container.
/// </remarks>
/// <param name="request">The request.</param>
/// <param name="snapshot">The cluster as this node knows it.</param>
/// <param name="isAttached">True when the sandbox has addresses already; those are kept whatever happens.</param>
/// <param name="ports">What to work with.</param>
internal sealed class PodAddActor(
    PodProtocol.Add request, ClusterSnapshot snapshot, bool isAttached, WorkloadPorts ports) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<IpAddr> _addresses = [];
    private readonly Queue<IpamProtocol.Assign> _wishes = [];
    private PodProtocol.Failed? _failure;
    private int _unanswered;

    public static Props For(
        PodProtocol.Add request, ClusterSnapshot snapshot, bool isAttached, WorkloadPorts ports) =>
        Props.Create(() => new PodAddActor(request, snapshot, isAttached, ports));

    protected override void PreStart() => PodDocuments.ReadAsync(ports.Datastore, request.Sandbox).PipeTo(
        Self, success: documents => new PodProtocol.PodRead(documents),
        failure: cause => new PodProtocol.PodNotRead(cause.Message));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PodProtocol.PodRead read: Assign(read.Documents); break;
            case PodProtocol.PodNotRead(var reason): Finish(new PodProtocol.Failed(PodProtocol.Generic, reason)); break;
            case IpamProtocol.Refused when _failure is not null: break;
            case IpamProtocol.Refused refused:
                GiveBack(new PodProtocol.Failed(PodProtocol.Generic,
                    $"failed to request {Wanted} addresses: {refused.Error}"));
                break;
            case IpamProtocol.Released:
                _addresses.Clear();
                Finish(_failure!);
                break;
            case ReceiveTimeout when ++_unanswered < ports.OwnerQuestions:
                if (_failure is null) AskForNext();
                else Release();
                break;
            case ReceiveTimeout:
                Finish(_failure ?? new PodProtocol.Failed(PodProtocol.TryAgain,
                    $"failed to request {Wanted} addresses: the owner of this node's blocks does not answer"));
                break;
            // The answer to a question that was repeated.
            case IpamProtocol.Assigned again when _wishes.Count == 0 || _addresses.Contains(again.Address): break;
            case IpamProtocol.Assigned assigned:
                _wishes.Dequeue();
                _addresses.Add(assigned.Address);
                if (_wishes.Count > 0) AskForNext();
                else Wire();
                break;
            case PodProtocol.Carried carried: OnCarried(carried.Outcome); break;
            case PodProtocol.NotCarried(var cause):
                Finish(new PodProtocol.Failed(PodProtocol.TryAgain, $"the pod could not be wired: {cause.Message}"));
                break;
            case PodProtocol.Noted noted: OnNoted(noted.Problem); break;
            case Describe:
                Sender.Tell(new PodProtocol.RequestDescription("ADD", request.Sandbox.Handle, request.Interface), Self);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Assign(PodDocuments documents)
    {
        var sandbox = request.Sandbox;
        if (documents.Problem is { } problem)
            _log.Warning("{0}: the datastore is away ({1}); going on with what this node knows", sandbox.Handle,
                problem);

        var known = snapshot;
        foreach (var resource in documents.Pools) known = known.Put(resource);
        if (documents.Namespace is { } space) known = known.Put(space);
        var annotations = documents.Pod?.Annotations ?? Agent.Resources.Resource.EmptyMap;
        var families = FamilyChoice.For(known, sandbox.Namespace, annotations, request.Families);
        if (families.Error is { } unclear)
        {
            Finish(new PodProtocol.Failed(PodProtocol.Generic, unclear));
            return;
        }

        var attributes = OwnerAttributes.Empty
            .With(OwnerAttributes.Node, ports.Node)
            .With(OwnerAttributes.Timestamp,
                ports.Time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss.fff '+0000 UTC'", null));
        if (sandbox is { Namespace: not null, Pod: not null })
            attributes = attributes.With(OwnerAttributes.Namespace, sandbox.Namespace)
                .With(OwnerAttributes.Pod, sandbox.Pod);
        foreach (var family in families.Families)
        {
            var choice = Planning.PoolChoice.For(known, new PoolRequest
            {
                Node = ports.Node,
                Family = family,
                Namespace = sandbox.Namespace,
                PodAnnotations = annotations,
                ConfiguredPools = [.. family == IpFamily.V4 ? request.Pools : request.IPv6Pools],
            });
            if (choice.Error is { } error)
            {
                Finish(new PodProtocol.Failed(PodProtocol.Generic, error));
                return;
            }

            _wishes.Enqueue(new IpamProtocol.Assign(sandbox.Handle, attributes,
                [.. choice.Pools.Select(pool => IpamPools.Of(pool))], family));
        }

        AskForNext();
    }

    private string Wanted => _wishes.Peek().Family == IpFamily.V4 ? "IPv4" : "IPv6";

    private void AskForNext()
    {
        ports.Ipam.Tell(_wishes.Peek(), Self);
        Context.SetReceiveTimeout(ports.OwnerPatience / ports.OwnerQuestions);
    }

    private void GiveBack(PodProtocol.Failed failure)
    {
        (_failure, _unanswered) = (failure, 0);
        if (isAttached || _addresses.Count == 0) Finish(failure);
        else Release();
    }

    private void Release() => ports.Ipam.Tell(new IpamProtocol.Release([request.Sandbox.Handle]), Self);

    private void Wire()
    {
        Context.SetReceiveTimeout(null);
        CarryOut(PodPlan.Wire(new PodAttachment
        {
            Netns = request.Netns,
            ContainerInterface = request.Interface,
            HostInterface = request.Sandbox.HostInterface,
            Addresses = [.. _addresses],
            Mtu = request.Mtu,
            AllowIpForwarding = request.AllowIpForwarding,
        }));
    }

    private void OnCarried(PodOutcome outcome)
    {
        if (_failure is { } failure)
        {
            Finish(failure);
            return;
        }

        foreach (var warning in outcome.Warnings) _log.Warning("{0}: {1}", request.Sandbox.Handle, warning);
        if (!outcome.Succeeded)
        {
            _failure = new PodProtocol.Failed(PodProtocol.Generic,
                $"the pod could not be wired: {outcome.Failed}: {outcome.Error}");
            CarryOut(PodPlan.Unwire(request.Netns, request.Interface, request.Sandbox.HostInterface));
            return;
        }

        PodDocuments.NoteAddressesAsync(ports.Datastore, request.Sandbox, [.. _addresses]).PipeTo(
            Self, success: problem => new PodProtocol.Noted(problem),
            failure: cause => new PodProtocol.Noted(cause.Message));
    }

    private void OnNoted(string? problem)
    {
        if (problem is not null)
            _log.Warning("{0}: the addresses could not be noted in the Pod: {1}", request.Sandbox.Handle, problem);
        Finish(new PodProtocol.Added([.. _addresses], request.Sandbox.HostInterface, MacAddress.PodHostEnd,
            request.Interface, request.Netns));
    }

    private void CarryOut(PodPlan plan) => ports.Kernel.CarryOutAsync(plan).PipeTo(
        Self, success: outcome => new PodProtocol.Carried(outcome),
        failure: cause => new PodProtocol.NotCarried(cause));

    private void Finish(object answer) =>
        Context.Parent.Tell(new PodsActor.Finished(answer, [.. _addresses]), Self);
}

/// <summary>What the workloads' actors work with.</summary>
/// <param name="Node">This node's name.</param>
/// <param name="Kernel">Wires pods.</param>
/// <param name="Datastore">Holds pods and namespaces.</param>
/// <param name="Ipam">Gives addresses out.</param>
/// <param name="Routes">Keeps pods' host routes.</param>
/// <param name="Rib">Announces addresses outside of own blocks.</param>
/// <param name="LocalPeers">Finds the pods that peer.</param>
/// <param name="Time">Dates assignments.</param>
public sealed record WorkloadPorts(
    string Node, IKernel Kernel, IDatastore Datastore, IActorRef Ipam, IActorRef Routes, IActorRef Rib,
    IActorRef LocalPeers, TimeProvider Time)
{
    /// <summary>How long the block owner may be away (it restarts when its journal fails) before a request is answered
    /// without it.</summary>
    public TimeSpan OwnerPatience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it is asked in that time: what an owner was asked before it went away is lost.</summary>
    public int OwnerQuestions { get; } = 15;
}
