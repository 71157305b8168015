namespace Agent.Bgp.Policy;

/// <summary>Whether a prefix's best route is programmed into the kernel, and if not, why (spec 4.4).</summary>
public enum KernelVerdict : byte
{
    /// <summary>There is no route.</summary>
    NoRoute,

    /// <summary>It is programmed.</summary>
    Programmed,

    /// <summary>Not programmed: inside a service network, whose addresses kube-proxy owns (step 1).</summary>
    ServiceNetwork,

    /// <summary>Not programmed: learned, inside a pool with an overlay (step 4).</summary>
    EncapsulatedPool,

    /// <summary>Not programmed here: the route of a local workload belongs to its wiring (spec 9.4).</summary>
    LocalWorkload,
}

/// <summary>The kernel filter of spec 4.4 for pools without overlay.</summary>
internal static class KernelPolicy
{
    /// <summary>Decides for a learned route, or for a local one. The blackhole of an own block is programmed whatever
    /// its pool's overlay.</summary>
    public static KernelVerdict Decide(in PolicyFacts facts, bool learned)
    {
        if (facts.Has(PolicyMarks.KernelReject)) return KernelVerdict.ServiceNetwork;
        return learned && facts.Has(PolicyMarks.EncapsulatedPool)
            ? KernelVerdict.EncapsulatedPool
            : KernelVerdict.Programmed;
    }
}
