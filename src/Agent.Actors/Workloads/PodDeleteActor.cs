using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Actors.Ipam;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Workloads;

/// <summary>One CNI DEL: link and route, conntrack, journal, answer - in this order, so that an address is free only
/// once nothing uses it.</summary>
/// <param name="request">The request.</param>
/// <param name="hostInterface">The host end to delete; null when a newer sandbox of the pod has it.</param>
/// <param name="addresses">What the sandbox has; none for one that was never added.</param>
/// <param name="ports">What to work with.</param>
internal sealed class PodDeleteActor(
    PodProtocol.Delete request, string? hostInterface, ImmutableArray<IpAddr> addresses, WorkloadPorts ports)
        : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _unanswered;

    public static Props For(PodProtocol.Delete request, string? hostInterface, ImmutableArray<IpAddr> addresses,
        WorkloadPorts ports) =>
        Props.Create(() => new PodDeleteActor(request, hostInterface, addresses, ports));

    protected override void PreStart() =>
        ports.Kernel.CarryOutAsync(PodPlan.Unwire(request.Netns, request.Interface, hostInterface, addresses.AsSpan()))
        .PipeTo(
            Self, success: outcome => new PodProtocol.Carried(outcome),
            failure: cause => new PodProtocol.NotCarried(cause));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PodProtocol.Carried { Outcome: var outcome }:
                foreach (var warning in outcome.Warnings) _log.Warning("{0}: {1}", request.Sandbox.Handle, warning);
                if (outcome.Succeeded) Release();
                else Finish(new PodProtocol.Failed(PodProtocol.Generic,
                    $"the pod could not be unwired: {outcome.Failed}: {outcome.Error}"));
                break;
            case PodProtocol.NotCarried(var cause):
                Finish(new PodProtocol.Failed(PodProtocol.TryAgain, $"the pod could not be unwired: {cause.Message}"));
                break;
            case ReceiveTimeout when ++_unanswered < ports.OwnerQuestions: Release(); break;
            case ReceiveTimeout:
                Finish(new PodProtocol.Failed(PodProtocol.TryAgain,
                    "the address could not be released: the owner of this node's blocks does not answer"));
                break;
            case IpamProtocol.Released: Finish(PodProtocol.Done.Instance); break;
            case Describe:
                Sender.Tell(new PodProtocol.RequestDescription("DEL", request.Sandbox.Handle, request.Interface), Self);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Release()
    {
        ports.Ipam.Tell(new IpamProtocol.Release(HandlesOf(request.Sandbox)), Self);
        Context.SetReceiveTimeout(ports.OwnerPatience / ports.OwnerQuestions);
    }

    /// <summary>The sandbox's own handle, and the one that old versions of Calico used for the pod (spec
    /// calico-ipam-cni-cli 4.5).</summary>
    private static ImmutableArray<string> HandlesOf(PodProtocol.Sandbox sandbox) =>
        sandbox is { Namespace: not null, Pod: not null }
        ? [sandbox.Handle, $"{sandbox.Namespace}.{sandbox.Pod}"]
        : [sandbox.Handle];

    private void Finish(object answer) => Context.Parent.Tell(new PodsActor.Finished(answer, []), Self);
}
