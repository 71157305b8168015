using System.Text.Json;
using Agent.Ipc;

namespace Agent.Cni;

/// <summary>The result of an ADD in the shape of each CNI version.</summary>
/// <remarks>
/// 0.2.0 knows one address per family (<c>ip4</c>, <c>ip6</c>) with its routes and no interfaces; 0.3.0 to 0.4.0 list
/// interfaces and
/// addresses, each address with its family as <c>version</c>; 1.0.0 drops that; 1.1.0 adds the interface's <c>mtu</c>.
/// </remarks>
internal static class CniResult
{
    /// <summary>Indented, and without escapes that only HTML needs.</summary>
    internal static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        IndentSize = 4,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints the result.</summary>
    internal static void Write(Stream output, string cniVersion, IpcReply.CniAdded added)
    {
        using var json = new Utf8JsonWriter(output, Readable);
        json.WriteStartObject();
        json.WriteString("cniVersion"u8, cniVersion);
        if (CniVersions.IsAtLeast(cniVersion, "0.3.0"))
        {
            WriteInterfaces(json, added.Interfaces, withMtu: CniVersions.IsAtLeast(cniVersion, "1.1.0"));
            WriteIps(json, added.Ips, withFamily: !CniVersions.IsAtLeast(cniVersion, "1.0.0"));
            if (added.Routes.Count > 0) WriteRoutes(json, added.Routes);
        }
        else
        {
            WriteOldFamily(json, "ip4", added, IsIpv4);
            WriteOldFamily(json, "ip6", added, text => !IsIpv4(text));
        }

        json.WriteStartObject("dns"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Prints the versions that the plugin speaks (VERSION).</summary>
    internal static void WriteVersions(Stream output, string cniVersion)
    {
        using var json = new Utf8JsonWriter(output, Readable);
        json.WriteStartObject();
        json.WriteString("cniVersion"u8, cniVersion);
        json.WriteStartArray("supportedVersions"u8);
        foreach (var version in CniVersions.All) json.WriteStringValue(version);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInterfaces(Utf8JsonWriter json, IReadOnlyList<CniInterface> interfaces, bool withMtu)
    {
        json.WriteStartArray("interfaces"u8);
        foreach (var link in interfaces)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, link.Name);
            if (link.Mac is { } mac) json.WriteString("mac"u8, mac);
            if (withMtu && link.Mtu is { } mtu) json.WriteNumber("mtu"u8, mtu);
            if (link.Sandbox is { } sandbox) json.WriteString("sandbox"u8, sandbox);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIps(Utf8JsonWriter json, IReadOnlyList<CniIp> ips, bool withFamily)
    {
        json.WriteStartArray("ips"u8);
        foreach (var ip in ips)
        {
            json.WriteStartObject();
            if (withFamily) json.WriteString("version"u8, IsIpv4(ip.Address) ? "4" : "6");
            if (ip.Interface is { } index) json.WriteNumber("interface"u8, index);
            json.WriteString("address"u8, ip.Address);
            if (ip.Gateway is { } gateway) json.WriteString("gateway"u8, gateway);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRoutes(Utf8JsonWriter json, IEnumerable<CniRoute> routes)
    {
        json.WriteStartArray("routes"u8);
        foreach (var route in routes)
        {
            json.WriteStartObject();
            json.WriteString("dst"u8, route.Dst);
            if (route.Gw is { } gateway) json.WriteString("gw"u8, gateway);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOldFamily(Utf8JsonWriter json, string member, IpcReply.CniAdded added,
        Func<string, bool> isOfFamily)
    {
        if (added.Ips.FirstOrDefault(ip => isOfFamily(ip.Address)) is not { } first) return;
        json.WriteStartObject(member);
        json.WriteString("ip"u8, first.Address);
        if (first.Gateway is { } gateway) json.WriteString("gateway"u8, gateway);
        CniRoute[] routes = [.. added.Routes.Where(route => isOfFamily(route.Dst))];
        if (routes.Length > 0) WriteRoutes(json, routes);
        json.WriteEndObject();
    }

    private static bool IsIpv4(string prefix) => !prefix.Contains(':', StringComparison.Ordinal);
}
