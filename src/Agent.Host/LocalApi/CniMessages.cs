using System.Collections.Immutable;
using System.Text.Json;
using Agent.Actors.Workloads;
using Agent.Ipc;
using Agent.Primitives;

namespace Agent.Host.LocalApi;

/// <summary>Between CNI's words and those of the workloads' actor.</summary>
internal static class CniMessages
{
    public static PodProtocol.Add From(IpcRequest.CniAdd add) => new(
        SandboxOf(add.Config, add.ContainerId, add.Args),
        add.Netns,
        add.IfName,
        add.Config.TryGetProperty("mtu", out var mtu) && mtu.TryGetInt32(out var bytes) ? bytes : 0,
        add.Config.TryGetProperty("container_settings", out var container)
            && container.TryGetProperty("allow_ip_forwarding", out var allow) && allow.ValueKind == JsonValueKind.True,
        PoolsOf(add.Config, "ipv4_pools"))
    {
        Families = [.. FamiliesOf(add.Config)],
        IPv6Pools = PoolsOf(add.Config, "ipv6_pools"),
    };

    public static PodProtocol.Delete From(IpcRequest.CniDel delete) => new(
        SandboxOf(delete.Config, delete.ContainerId, delete.Args),
        string.IsNullOrEmpty(delete.Netns) ? null : delete.Netns, delete.IfName);

    public static PodProtocol.Check From(IpcRequest.CniCheck check) =>
        new(SandboxOf(check.Config, check.ContainerId, check.Args));

    public static PodProtocol.Collect From(IpcRequest.CniGc collect) =>
        new(collect.Network, [.. collect.ValidAttachments.Select(attachment => attachment.ContainerId)]);

    public static IpcReply Reply(object answer) => answer switch
    {
        PodProtocol.Added added => new IpcReply.CniAdded(
            [
                new CniInterface(added.HostInterface, added.HostMac.ToString()),
                new CniInterface(added.Interface, Sandbox: added.Netns),
            ],
            [.. added.Addresses.Select(address => new CniIp(IpPrefix.Host(address).ToString(), Interface: 1))],
            [.. added.Addresses.Select(address => new CniRoute(IpPrefix.Host(address).ToString()))]),
        PodProtocol.Done => new IpcReply.Done(),
        PodProtocol.Failed failed => new IpcReply.CniFailed(failed.Code, failed.Message),
        _ => new IpcReply.Error($"unexpected answer {answer}"),
    };

    private static PodProtocol.Sandbox SandboxOf(JsonElement config, string containerId,
        IReadOnlyDictionary<string, string> args) => new(
        config.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "",
        containerId,
        args.GetValueOrDefault("K8S_POD_NAMESPACE"),
        args.GetValueOrDefault("K8S_POD_NAME"));

    private static ImmutableArray<string> PoolsOf(JsonElement config, string member) =>
        config.TryGetProperty("ipam", out var ipam) && ipam.TryGetProperty(member, out var pools)
        && pools.ValueKind == JsonValueKind.Array
            ? [.. pools.EnumerateArray().Select(pool => pool.ToString())]
            : [];

    // The two are strings in Calico's configuration, "true" and "false"; JSON's own are taken too.
    private static IEnumerable<IpFamily> FamiliesOf(JsonElement config)
    {
        if (Asks("assign_ipv4", byDefault: true)) yield return IpFamily.V4;
        if (Asks("assign_ipv6", byDefault: false)) yield return IpFamily.V6;

        bool Asks(string member, bool byDefault) =>
            config.TryGetProperty("ipam", out var ipam) && ipam.TryGetProperty(member, out var value)
                ? string.Equals(value.ToString(), "true", StringComparison.OrdinalIgnoreCase)
                : byDefault;
    }
}
