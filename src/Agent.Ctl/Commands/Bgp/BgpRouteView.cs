using System.Globalization;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary>Routes as rows, a page at a time: one row for each path.</summary>
internal sealed class BgpRouteView
{
    private static readonly string[] Attributes = ["LOCAL_PREF", "MED", "AS PATH"];

    private readonly TextWriter _output;
    private readonly bool _wide;
    private readonly bool _all;
    private readonly bool _isOut;
    private readonly bool _isIn;
    private readonly PagedTable _table;

    /// <summary>A view that begins with its legend.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="table">Which table it is.</param>
    /// <param name="wide">With communities, and why a path is not the best.</param>
    /// <param name="all">Every attribute, in lines below each path.</param>
    internal BgpRouteView(TextWriter output, BgpTable table, bool wide, bool all)
    {
        (_output, _wide, _all) = (output, wide, all);
        (_isOut, _isIn) = (table == BgpTable.AdjRibOut, table == BgpTable.AdjRibIn);
        IEnumerable<string> heads = _isOut ? ["PREFIX", "NEXT HOP"] : ["", "PREFIX", "NEXT HOP", "FROM"];
        string[] last = !wide ? [] : _isOut ? ["COMMUNITIES"] : ["RESOLVED TO", "COMMUNITIES", "WHY"];
        _table = new PagedTable(output, [.. heads, .. Attributes, .. last]);
    }

    /// <summary>Prints a page.</summary>
    internal void Write(IReadOnlyList<BgpRoute> routes)
    {
        if (!_all)
        {
            _table.Write([.. routes.SelectMany(route => route.Paths.Select(path => Row(route, path)))]);
            return;
        }

        foreach (var route in routes)
        {
            _output.WriteLine(route.Kernel is { } kernel ? $"{route.Prefix}   kernel: {kernel}" : route.Prefix);
            foreach (var path in route.Paths) WritePath(path);
        }
    }

    /// <summary>Prints why a prefix is as it is.</summary>
    internal static void WriteExplained(TextWriter output, IpcReply.BgpExplained reply, string asked)
    {
        if (reply.Route is not { } route)
        {
            output.WriteLine($"{asked}: {reply.Kernel}");
            return;
        }

        output.WriteLine($"{route.Prefix}   kernel: {route.Kernel}, {reply.Kernel}");
        output.WriteLine();
        new PagedTable(output, ["", "FROM", "NEXT HOP", "WHY"]).Write(
        [
            .. route.Paths.Select(path => (string[])
                [Marks(path), From(path), path.Attributes?.NextHop ?? "-", path.Why ?? ""]),
        ]);
        output.WriteLine();
        if (reply.Exports.Count == 0)
        {
            output.WriteLine("No peer is up, so nobody is told.");
            return;
        }

        new PagedTable(output, ["PEER", "TOLD", "WHY"]).Write(
            [.. reply.Exports.Select(each => (string[])[each.Peer, each.Exported ? "yes" : "no", each.Why])]);
    }

    private string[] Row(BgpRoute route, BgpPath path)
    {
        var attributes = _isIn ? path.Attributes : path.Effective ?? path.Attributes;
        string[] first = _isOut
            ? [route.Prefix, attributes?.NextHop ?? "-"]
            : [Marks(path), route.Prefix, attributes?.NextHop ?? route.Kernel ?? "-", From(path)];
        string[] middle =
        [
            Number(attributes?.LocalPref), Number(attributes?.Med),
            attributes is null ? "i" : $"{attributes.AsPath} {OriginLetter(attributes.Origin)}".TrimStart(),
        ];
        string[] last = !_wide ? []
            : _isOut ? [Communities(attributes)]
            : [path.ResolvedTo ?? "-", Communities(attributes), path.Why ?? ""];
        return [.. first, .. middle, .. last];
    }

    private void WritePath(BgpPath path)
    {
        if (!_isOut) _output.WriteLine($"    {Marks(path)} from {From(path)}: {path.Why}");
        if (path.Attributes is { } attributes) WriteAttributes(attributes);
        if (path.ResolvedTo is { } hop) Line("resolved to", hop);
        if (path.PathId != 0) Line("path identifier", Number(path.PathId));
        if (path.Effective is not { } effective) return;
        _output.WriteLine("       after the policy on import:");
        WriteAttributes(effective);
    }

    private void WriteAttributes(BgpAttributes attributes)
    {
        Line("ORIGIN", attributes.Origin);
        Line("AS_PATH", attributes.AsPath);
        Line("NEXT_HOP", attributes.NextHop);
        if (attributes.Med is { } med) Line("MULTI_EXIT_DISC", Number(med));
        if (attributes.LocalPref is { } preference) Line("LOCAL_PREF", Number(preference));
        if (attributes.AtomicAggregate is true) Line("ATOMIC_AGGREGATE", "");
        if (attributes.Aggregator is { } aggregator) Line("AGGREGATOR", aggregator);
        if (attributes.Communities is { } communities) Line("COMMUNITIES", string.Join(' ', communities));
        if (attributes.ExtendedCommunities is { } extended) Line("EXTENDED COMMUNITIES", string.Join(' ', extended));
        if (attributes.LargeCommunities is { } large) Line("LARGE_COMMUNITY", string.Join(' ', large));
        if (attributes.OnlyToCustomer is { } customers) Line("OTC", Number(customers));
        if (attributes.OriginatorId is { } originator) Line("ORIGINATOR_ID", originator);
        if (attributes.ClusterList is { } clusters) Line("CLUSTER_LIST", string.Join(' ', clusters));
        foreach (var unknown in attributes.Unknown ?? []) Line("unknown", unknown);
    }

    private void Line(string name, string value) => _output.WriteLine($"       {name}: {value}".TrimEnd());

    private static string Marks(BgpPath path) => string.Concat(
        path.Stale ? "s" : path.Import is null or "Accepted" ? "*" : "x",
        path.Best ? ">" : path.Multipath ? "=" : "");

    private static string From(BgpPath path) => path.Peer ?? $"this node ({path.Local})";

    private static string OriginLetter(string origin) => origin switch
    {
        "IGP" => "i",
        "EGP" => "e",
        _ => "?",
    };

    private static string Communities(BgpAttributes? attributes) => string.Join(' ',
        [.. attributes?.Communities ?? [], .. attributes?.ExtendedCommunities ?? [], .. attributes?.LargeCommunities ?? []]);

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
