using System.Globalization;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules of IPAMConfiguration and IPReservation (spec calico-ipam-cni-cli 1.2, 1.6).</summary>
internal static class IpamRules
{
    public static void Check(IpamConfiguration settings, Findings findings)
    {
        if (settings.Name != "default")
            findings.Error("metadata.name", settings.Name,
                "Cannot create an IPAMConfiguration resource with a name other than \"default\"");
        if (settings.MaxBlocksPerHost is < 0 or > 1_000_000)
            findings.Error("spec.maxBlocksPerHost", Text(settings.MaxBlocksPerHost), "must be between 0 and 1000000");
        if (settings.IpCooldownSeconds is < 0 or > 1200)
            findings.Error("spec.ipCooldownSeconds", Text(settings.IpCooldownSeconds), "must be between 0 and 1200");
    }

    public static void Check(IPReservation reservation, Findings findings)
    {
        foreach (var text in reservation.ReservedCIDRs)
        {
            if (!IpPrefix.TryParseInterface(text.Trim(), out _, out _) && !IpAddr.TryParse(text.Trim(), out _))
                findings.Error("spec.reservedCIDRs", text, "must be a CIDR or an IP address");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
