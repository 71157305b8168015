using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Planning;

namespace Agent.Actors.Services;

/// <summary>What this node says about Services: owns the plan, tells the RIB which prefixes originate here and which never reach the kernel.</summary>
/// <remarks>
/// The plan is a function of the whole snapshot (spec calico-bgp 5), so a Service, an EndpointSlice, a label of the node and a changed
/// BGPConfiguration all take the same road. An unchanged plan is not told again.
/// </remarks>
public sealed class ServiceWatchActor : UntypedActor
{
    private readonly string _node;
    private readonly PlanOptions _options;
    private readonly IActorRef _rib;
    private ServicePlan? _plan;
    private RibProtocol.SetServices? _told;

    /// <summary>The service watcher of a node.</summary>
    public ServiceWatchActor(string node, PlanOptions options, IActorRef rib) => (_node, _options, _rib) = (node, options, rib);

    /// <summary>Props of the service watcher of a node.</summary>
    public static Props For(string node, PlanOptions options, IActorRef rib) => Props.Create(() => new ServiceWatchActor(node, options, rib));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ServiceProtocol.SetSnapshot set: Plan(set.Snapshot); break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void Plan(ClusterSnapshot snapshot)
    {
        _plan = ServicePlan.For(snapshot, _node, _options);
        var services = new RibProtocol.SetServices([.. _plan.Prefixes.Select(prefix => prefix.Prefix)], _plan.KernelReject, _plan.ReflectorClauses);
        if (services.Equals(_told)) return;
        _told = services;
        _rib.Tell(services, Self);
    }

    private ServiceProtocol.Description Description() => _plan is null
        ? new([], [])
        : new(
            [.. _plan.Prefixes.Select(prefix => $"{prefix.Prefix}: {string.Join(", ", prefix.Reasons)}")],
            [.. _plan.Decisions.Select(decision => $"{decision.Service}: {(decision.IsAdvertised ? "advertised" : "not advertised")}, {decision.Reason}")]);
}
