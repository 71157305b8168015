using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules of BGPConfiguration (spec calico-bgp 1.1).</summary>
internal static partial class BgpConfigurationRules
{
    private const int MostEntries = 500;

    public static void Check(BgpConfiguration settings, Findings findings)
    {
        if (settings.Name != BgpConfiguration.DefaultName)
        {
            if (!settings.Name.StartsWith(BgpConfiguration.NodePrefix, StringComparison.Ordinal)
                || settings.Name.Length == BgpConfiguration.NodePrefix.Length)
                findings.Warn($"BGPConfiguration({settings.Name}) is ignored: only 'default' and 'node.<nodename>' "
                + "have an effect");
            DefaultOnly(settings, findings);
        }

        Choices(settings, findings);
        Ranges("spec.serviceClusterIPs", settings.ServiceClusterIPs, findings);
        Ranges("spec.serviceExternalIPs", settings.ServiceExternalIPs, findings);
        Ranges("spec.serviceLoadBalancerIPs", settings.ServiceLoadBalancerIPs, findings);
        Communities(settings, findings);
        Mesh(settings, findings);
        Priority("spec.ipv4NormalRoutePriority", settings.Ipv4NormalRoutePriority, findings);
        Priority("spec.ipv6NormalRoutePriority", settings.Ipv6NormalRoutePriority, findings);
    }

    /// <summary>Whether a text is a standard (RFC 1997) or large (RFC 8092) community.</summary>
    public static bool IsCommunity(string text)
    {
        var parts = text.Split(':');
        return text.Length <= 40 && parts.Length switch
        {
            2 => parts.All(part => ushort.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)),
            3 => parts.All(part => uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)),
            _ => false,
        };
    }

    private static void DefaultOnly(BgpConfiguration settings, Findings findings)
    {
        Refuse("nodeToNodeMeshEnabled", settings.NodeToNodeMeshEnabled?.ToString().ToLowerInvariant());
        Refuse("asNumber", settings.AsNumber?.ToString(CultureInfo.InvariantCulture));
        Refuse("serviceClusterIPs", Join(settings.ServiceClusterIPs));
        Refuse("serviceExternalIPs", Join(settings.ServiceExternalIPs));
        Refuse("serviceLoadBalancerIPs", Join(settings.ServiceLoadBalancerIPs));
        Refuse("nodeMeshPassword", settings.NodeMeshPassword?.SecretKeyRef?.Name);
        Refuse("nodeMeshMaxRestartTime", settings.NodeMeshMaxRestartTime is { } time ? GoDuration.Format(time) : null);

        void Refuse(string field, string? value)
        {
            if (value is not null)
                findings.Error($"spec.{field}", value, $"Cannot set {field} on a non default BGP Configuration.");
        }

        static string? Join(ValueList<ServiceCidr> ranges) =>
            ranges.IsEmpty ? null : string.Join(",", ranges.Select(range => range.Cidr));
    }

    private static void Choices(BgpConfiguration settings, Findings findings)
    {
        string[] severities = ["Trace", "Debug", "Info", "Warning", "Error", "Fatal"];
        if (settings.LogSeverityScreen is { Length: > 0 } severity
            && !severities.Contains(severity, StringComparer.OrdinalIgnoreCase))
            findings.Error("spec.logSeverityScreen", severity, $"must be one of: {string.Join(", ", severities)}");
        findings.OneOf("spec.serviceLoadBalancerAggregation", settings.ServiceLoadBalancerAggregation, "Enabled",
            "Disabled");
        findings.OneOf("spec.bindMode", settings.BindMode, "None", "NodeIP");
        findings.OneOf(
            "spec.programClusterRoutes", settings.ProgramClusterRoutes, "Enabled", "Disabled", "EnabledIPIPOnly",
            "EnabledNoEncapOnly");
        if (settings.ListenPort is { } port and (< 1 or > 65535))
            findings.Error("spec.listenPort", port.ToString(CultureInfo.InvariantCulture),
                "must be a port: 1 to 65535");
        if (settings.LocalWorkloadPeeringIPV4 is { Length: > 0 } v4
            && !(IpAddr.TryParse(v4, out var four) && four.IsV4))
            findings.Error("spec.localWorkloadPeeringIPV4", v4, "must be an IPv4 address");
        if (settings.LocalWorkloadPeeringIPV6 is { Length: > 0 } v6 && !(IpAddr.TryParse(v6, out var six) && !six.IsV4))
            findings.Error("spec.localWorkloadPeeringIPV6", v6, "must be an IPv6 address");
        foreach (var glob in settings.IgnoredInterfaces)
        {
            if (glob == "*" || !InterfaceGlob().IsMatch(glob))
                findings.Error("spec.ignoredInterfaces", glob,
                    "must be 1 to 15 characters of letters, digits, '_', '.', '*' and '-', and not '*' alone");
        }
    }

    private static void Ranges(string field, ValueList<ServiceCidr> ranges, Findings findings)
    {
        for (var index = 0; index < ranges.Count; index++)
            if (ranges[index].Cidr is { Length: > 0 } text)
                Masked(string.Create(CultureInfo.InvariantCulture, $"{field}[{index}].cidr"), text, findings);
    }

    private static void Masked(string field, string text, Findings findings)
    {
        if (IpPrefix.TryParse(text, out _)) return;
        findings.Error(field, text,
            IpPrefix.TryParseInterface(text, out _, out _) ? "CIDR is not strictly masked" : "must be a valid CIDR");
    }

    private static void Communities(BgpConfiguration settings, Findings findings)
    {
        if (settings.Communities.Count > MostEntries)
            findings.Error("spec.communities", "", $"at most {MostEntries} communities");
        if (settings.PrefixAdvertisements.Count > MostEntries)
            findings.Error("spec.prefixAdvertisements", "", $"at most {MostEntries} advertisements");
        if (!settings.Communities.IsEmpty && settings.PrefixAdvertisements.IsEmpty)
            findings.Error("spec.communities", string.Join(",", settings.Communities.Select(c => c.Name)),
                "communities are defined but prefixAdvertisements uses none");
        foreach (var community in settings.Communities)
        {
            if (string.IsNullOrEmpty(community.Name))
                findings.Error("spec.communities[].name", "", "must be specified");
            if (!IsCommunity(community.Value ?? ""))
                findings.Error("spec.communities[].value", community.Value,
                    "must be aa:nn (16 bit each) or aa:nn:mm (32 bit each)");
        }

        foreach (var advertisement in settings.PrefixAdvertisements)
        {
            Masked("spec.prefixAdvertisements[].cidr", advertisement.Cidr ?? "", findings);
            if (advertisement.Communities.Count > 50)
                findings.Error("spec.prefixAdvertisements[].communities", advertisement.Cidr, "at most 50 communities");
            foreach (var value in advertisement.Communities)
            {
                if (!IsCommunity(value) && !settings.Communities.Any(known => known.Name == value))
                    findings.Error("spec.prefixAdvertisements[].communities", value,
                        "is neither a community value nor a name that spec.communities defines");
            }
        }
    }

    private static void Mesh(BgpConfiguration settings, Findings findings)
    {
        if (settings.NodeToNodeMeshEnabled == false)
        {
            if (settings.NodeMeshPassword is { } password)
                findings.Error("spec.nodeMeshPassword", password.SecretKeyRef?.Name,
                    "Cannot set nodeMeshPassword while nodeToNodeMeshEnabled is false.");
            if (settings.NodeMeshMaxRestartTime is { } time)
                findings.Error("spec.nodeMeshMaxRestartTime", GoDuration.Format(time),
                    "Cannot set nodeMeshMaxRestartTime while nodeToNodeMeshEnabled is false.");
        }

        BgpPeerRules.RestartTime("spec.nodeMeshMaxRestartTime", settings.NodeMeshMaxRestartTime, findings);
        BgpPeerRules.Secret("spec.nodeMeshPassword", settings.NodeMeshPassword, findings);
    }

    private static void Priority(string field, int? priority, Findings findings)
    {
        if (priority is < 1 or > 2147483646)
            findings.Error(field, priority.Value.ToString(CultureInfo.InvariantCulture),
                "must be between 1 and 2147483646");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.*-]{1,15}\z", RegexOptions.CultureInvariant)]
    private static partial Regex InterfaceGlob();
}
