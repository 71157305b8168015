namespace Agent.Resources;

/// <summary>Brings a resource into the form in which it is stored: defaults written out, numbers and CIDRs in canonical
/// form.</summary>
public static class Defaults
{
    /// <summary>
    /// The resource as it is stored: for Calico's kinds read and written once, so that an AS number is an integer and a
    /// CIDR has one text form; for Kubernetes' kinds as it is, but for a Secret, whose <c>stringData</c> is merged into
    /// <c>data</c>.
    /// </summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood; <see cref="Validation"/> reports the
    /// same as a value.</exception>
    public static Resource Apply(Resource resource)
    {
        var kind = resource.Kind;
        if (kind == Kinds.IPPool)
        {
            var pool = IPPool.From(resource);
            return (pool with { Status = PoolConditions.Of(pool) }).ToResource();
        }

        if (kind == Kinds.IPReservation) return IPReservation.From(resource).ToResource();
        if (kind == Kinds.IPAMConfiguration) return IpamConfiguration.From(resource).ToResource();
        if (kind == Kinds.BGPConfiguration) return BgpConfiguration.From(resource).ToResource();
        if (kind == Kinds.BGPPeer) return BgpPeer.From(resource).ToResource();
        if (kind == Kinds.BGPFilter) return BgpFilter.From(resource).ToResource();
        if (kind == Kinds.Node) return CalicoNode.From(resource).ToResource();
        if (kind == Kinds.BlockAffinity) return BlockAffinity.From(resource).ToResource();
        if (kind == Kinds.IPAMBlock) return IpamBlock.From(resource).ToResource();
        if (kind == Kinds.ClusterInformation) return ClusterInformation.From(resource).ToResource();
        if (kind == Kinds.Secret) return KubeSecret.From(resource).ToResource();
        if (kind == Kinds.KubeNode) KubeNode.From(resource);
        else if (kind == Kinds.Pod) Pod.From(resource);
        else if (kind == Kinds.Service) Service.From(resource);
        else if (kind == Kinds.EndpointSlice) EndpointSlice.From(resource);
        return resource;
    }
}
