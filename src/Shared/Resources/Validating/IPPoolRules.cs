using System.Globalization;
using System.Text.Json;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules P1 to P17 of spec calico-ipam-cni-cli 1.1, in their order and words.</summary>
internal static class IPPoolRules
{
    private static readonly IpPrefix LinkLocalV4 = IpPrefix.Parse("169.254.0.0/16");
    private static readonly IpPrefix LinkLocalV6 = IpPrefix.Parse("fe80::/10");

    public static void Check(Resource resource, ValidationScope scope, Findings findings)
    {
        var readable = CidrText(resource.Spec, findings) & KnownUses(resource.Spec, findings);
        if (!readable) return;
        var pool = IPPool.From(resource);
        Unchanged(pool, scope, findings);
        Size(pool, findings);
        Elsewhere(pool, scope, findings);
        Encapsulation(pool, findings);
        Uses(pool, findings);
        Selectors(pool, findings);
    }

    /// <summary>P1 to P3, on the text: a CIDR with host bits has no typed form.</summary>
    private static bool CidrText(JsonElement spec, Findings findings)
    {
        var text = spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty("cidr", out var member)
            && member.ValueKind == JsonValueKind.String
            ? member.GetString()!
            : "";
        var reason = text.Length == 0 ? "IPPool CIDR must be specified"
            : text.Length > 48 || !IpPrefix.TryParseInterface(text, out _, out _) ? "IPPool CIDR must be a valid subnet"
            : !IpPrefix.TryParse(text, out _) ? "IPPool CIDR is not strictly masked"
            : null;
        if (reason is not null) findings.Error("spec.cidr", text, reason);
        return reason is null;
    }

    /// <summary>P17, on the text: an unknown use has no typed form.</summary>
    private static bool KnownUses(JsonElement spec, Findings findings)
    {
        if (!spec.TryGetProperty("allowedUses", out var uses) || uses.ValueKind != JsonValueKind.Array) return true;
        if (uses.GetArrayLength() > 10) findings.Error("spec.allowedUses", uses.GetRawText(), "at most 10 uses");
        var known = true;
        foreach (var use in uses.EnumerateArray())
        {
            var text = use.ValueKind == JsonValueKind.String ? use.GetString()! : use.GetRawText();
            if (Enum.GetNames<AllowedUse>().Contains(text)) continue;
            findings.Error("spec.allowedUses", text, $"unknown use: {text}");
            known = false;
        }

        return known;
    }

    /// <summary>P4, P5 and P16.</summary>
    private static void Unchanged(IPPool pool, ValidationScope scope, Findings findings)
    {
        if (scope.Previous is not { } stored) return;
        var previous = IPPool.From(stored);
        if (pool.Cidr != previous.Cidr)
            findings.Error("spec.cidr", pool.Cidr.ToString(), "IPPool CIDR cannot be modified");
        if (pool.BlockSize != previous.BlockSize)
            findings.Error("spec.blockSize", Text(pool.BlockSize), "IPPool BlockSize cannot be modified");
        if (previous.AllowedUses.Contains(AllowedUse.LoadBalancer)
            && (pool.AllowedUses.Contains(AllowedUse.Workload) || pool.AllowedUses.Contains(AllowedUse.Tunnel)))
        {
            findings.Error(
                "spec.allowedUses", string.Join(", ", pool.AllowedUses),
                "IPPool allowed use cannot be changed from LoadBalacer to Workload or Tunnel");
        }
    }

    /// <summary>P6 and P7.</summary>
    private static void Size(IPPool pool, Findings findings)
    {
        var (least, most) = pool.Cidr.Family == IpFamily.V4 ? (20, 32) : (116, 128);
        if (pool.BlockSize < least || pool.BlockSize > most)
        {
            findings.Error(
                "spec.blockSize", Text(pool.BlockSize),
                "blockSize must be between 20 and 32 for IPv4 pools, and between 116 and 128 for IPv6 pools");
        }
        else if (pool.Cidr.Length > pool.BlockSize && !pool.Disabled)
        {
            findings.Error(
                "spec.cidr", pool.Cidr.ToString(),
                "IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block "
                + "size.");
        }
    }

    /// <summary>P8 and P9 on creation, P10 always.</summary>
    private static void Elsewhere(IPPool pool, ValidationScope scope, Findings findings)
    {
        if (scope.Previous is null)
        {
            foreach (var other in scope.Pools)
            {
                if (other.Name != pool.Name && other.Cidr.Overlaps(pool.Cidr))
                    findings.Error("spec.cidr", pool.Cidr.ToString(),
                        $"IPPool({pool.Name}) CIDR overlaps with IPPool({other.Name}) CIDR {other.Cidr}");
            }

            if (scope.Blocks.Any(block => pool.Cidr.Overlaps(block) && block.Length != pool.BlockSize))
            {
                findings.Error(
                    "spec.blockSize", Text(pool.BlockSize),
                    "IPPool blocksSize conflicts with existing allocations that use a different blockSize");
            }
        }

        if (pool.Cidr.Overlaps(LinkLocalV4))
            findings.Error("spec.cidr", pool.Cidr.ToString(),
                $"IPPool CIDR overlaps with IPv4 link local range {LinkLocalV4}");
        if (pool.Cidr.Overlaps(LinkLocalV6))
            findings.Error("spec.cidr", pool.Cidr.ToString(),
                $"IPPool CIDR overlaps with IPv6 link local range {LinkLocalV6}");
    }

    /// <summary>P11 and P12.</summary>
    private static void Encapsulation(IPPool pool, Findings findings)
    {
        if (pool is { IpipMode: not EncapMode.Never, VxlanMode: not EncapMode.Never })
            findings.Error("spec.ipipMode", pool.IpipMode.ToString(), "ipipMode and vxlanMode cannot both be enabled");
        if (pool.IpipMode != EncapMode.Never && pool.Cidr.Family == IpFamily.V6)
            findings.Error("spec.ipipMode", pool.IpipMode.ToString(), "IPIP is not supported on IPv6 pools");
        if (pool.IsEncapsulated)
            findings.Warn($"IPPool({pool.Name}): overlay not programmed yet; remote routes of {pool.Cidr} stay out "
                + "of the kernel until it is");
    }

    /// <summary>P13 and P14.</summary>
    private static void Uses(IPPool pool, Findings findings)
    {
        var uses = string.Join(", ", pool.AllowedUses);
        if (pool.AllowedUses.Contains(AllowedUse.LoadBalancer))
        {
            if (pool.IsEncapsulated)
                findings.Error("spec.allowedUses", uses, "LoadBalancer IP pool cannot have IPIP or VXLAN enabled");
            if (pool.AllowedUses.Contains(AllowedUse.Workload) || pool.AllowedUses.Contains(AllowedUse.Tunnel))
                findings.Error("spec.allowedUses", uses,
                    "LoadBalancer cannot be combined with Workload or Tunnel allowed uses");
            if (pool.DisableBGPExport)
                findings.Error("spec.disableBGPExport", "true", "LoadBalancer IP pools cannot disable BGP export");
            if (pool.NodeSelector != "all()")
                findings.Error("spec.nodeSelector", pool.NodeSelector,
                    "IP Pool with AllowedUse LoadBalancer must have nodeSelector set to all()");
        }

        if (pool.AllowedUses.Contains(AllowedUse.Tunnel) && pool.NamespaceSelector is { } selector)
            findings.Error("spec.namespaceSelector", selector,
                "IP Pool with AllowedUse Tunnel cannot have namespaceSelector");
    }

    /// <summary>P15 and the syntax.</summary>
    private static void Selectors(IPPool pool, Findings findings)
    {
        if (findings.Selector("spec.nodeSelector", pool.NodeSelector) is { UsesGlobal: true })
            findings.Error("spec.nodeSelector", pool.NodeSelector,
                "global() selector is not valid for IPPool nodeSelector");
        if (findings.Selector("spec.namespaceSelector", pool.NamespaceSelector) is { UsesGlobal: true })
            findings.Error("spec.namespaceSelector", pool.NamespaceSelector,
                "global() selector is not valid for IPPool namespaceSelector");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
