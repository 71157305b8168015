using System.Globalization;
using Agent.Ctl.Output;
using Agent.Primitives;
using Agent.Resources;
using NodeBlocks = Agent.Ipam.NodeBlocks;

namespace Agent.Ctl.Commands.Ipam;

/// <summary>The views of <c>ipam show</c> over one reading of pools and blocks, in the layout of the labs' time (spec
/// 5.4).</summary>
internal sealed class IpamReport(IReadOnlyList<IPPool> pools, IReadOnlyList<IpamBlock> blocks)
{
    private static readonly string[] UseHeads = ["GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS FREE"];

    private static readonly string[] BorrowedHeads =
        ["IP", "BORROWING-NODE", "BLOCK", "BLOCK OWNER", "TYPE", "ALLOCATED-TO"];

    private static readonly string[] ConfigurationHeads = ["PROPERTY", "VALUE"];

    private IpamBlock[] Blocks { get; } = [.. blocks.OrderBy(block => block.Cidr)];

    /// <summary>Totals of the pools by name; with <paramref name="showBlocks"/> each followed by its blocks, those of
    /// no pool last.</summary>
    internal void WriteUse(TextWriter output, bool showBlocks)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var pool in pools.OrderBy(pool => pool.Name, StringComparer.Ordinal))
        {
            IpamBlock[] inside = [.. Blocks.Where(block => pool.Cidr.Contains(block.Cidr))];
            rows.Add(Use("IP Pool", pool.Cidr, inside.Sum(InUse)));
            if (showBlocks) rows.AddRange(inside.Select(BlockUse));
        }

        if (showBlocks)
            rows.AddRange(Blocks.Where(block => !pools.Any(pool => pool.Cidr.Contains(block.Cidr))).Select(BlockUse));
        BoxTable.Write(output, UseHeads, rows);
    }

    /// <summary>Whether one address is in use, and by whom.</summary>
    /// <exception cref="CommandFailedException">The text is no address.</exception>
    internal void WriteAddress(TextWriter output, string text)
    {
        if (!IpAddr.TryParse(text, out var address))
            throw new CommandFailedException($"Error executing command: invalid IP address specified: {text}");
        if (Assignments().FirstOrDefault(one => one.Address == address) is not { Block: not null } found)
        {
            output.WriteLine($"{address} is not assigned");
            return;
        }

        output.WriteLine($"IP {address} is in use");
        output.WriteLine(
            $"Handle ID: {(string.IsNullOrEmpty(found.Owner.HandleId) ? "<none>" : found.Owner.HandleId)}");
        if (found.Owner.Secondary is { Count: > 0 } attributes)
            WriteAttributes(output, "Active Owner Attributes:", attributes);
        else output.WriteLine("No Active Owner attributes defined");
        if (found.Owner.AlternateOwnerAttrs is { Count: > 0 } alternate)
            WriteAttributes(output, "Alternate Owner Attributes:", alternate);
    }

    /// <summary>The addresses that are used on another node than their block's owner.</summary>
    internal void WriteBorrowed(TextWriter output)
    {
        var rows = new List<IReadOnlyList<string>>();
        var withoutNode = 0;
        foreach (var (block, address, owner) in Assignments())
        {
            var node = Attribute(owner, "node");
            var blockOwner = Owner(block);
            if (node.Length == 0) withoutNode++;
            else if (node != blockOwner)
                rows.Add([$"{address}", node, $"{block.Cidr}", blockOwner, Type(owner), AllocatedTo(owner)]);
        }

        BoxTable.Write(output, BorrowedHeads, rows);
        if (withoutNode == 0) return;
        output.WriteLine(
            $"Note: found {withoutNode} IP allocations without an explicit node association. Unable to determine "
            + "if they are borrowed.");
    }

    /// <summary>The settings of address management.</summary>
    internal static void WriteConfiguration(TextWriter output, IpamConfiguration settings)
    {
        string[][] rows =
        [
            ["StrictAffinity", settings.StrictAffinity ? "true" : "false"],
            ["AutoAllocateBlocks", settings.AutoAllocateBlocks is false ? "false" : "true"],
            ["MaxBlocksPerHost", settings.MaxBlocksPerHost.ToString(CultureInfo.InvariantCulture)],
        ];
        BoxTable.Write(output, ConfigurationHeads, rows);
    }

    private static IReadOnlyList<string> BlockUse(IpamBlock block) => Use("Block", block.Cidr, InUse(block));

    private static IReadOnlyList<string> Use(string grouping, IpPrefix cidr, int inUse)
    {
        var total = (double)cidr.Count;
        return [grouping, $"{cidr}", Texts.FiveDigits(total), Texts.WithShare(inUse, total),
            Texts.WithShare(total - inUse, total)];
    }

    private static int InUse(IpamBlock block) => block.Allocations.Count(index => index is not null);

    private IEnumerable<(IpamBlock Block, IpAddr Address, AllocationAttribute Owner)> Assignments()
    {
        foreach (var block in Blocks)
        {
            for (var ordinal = 0; ordinal < block.Allocations.Count; ordinal++)
            {
                if (block.Allocations[ordinal] is not { } index) continue;
                var owner = index >= 0 && index < block.Attributes.Count
                    ? block.Attributes[index]
                    : new AllocationAttribute();
                yield return (block, block.Cidr.Address.Add((UInt128)ordinal), owner);
            }
        }
    }

    private static string Owner(IpamBlock block) => NodeBlocks.NodeOf(block.Affinity) ?? "";

    private static string Attribute(AllocationAttribute owner, string key) =>
        owner.Secondary?.GetValueOrDefault(key) ?? "";

    private static string Type(AllocationAttribute owner)
    {
        if (Attribute(owner, "type") is { Length: > 0 } type) return type;
        return Attribute(owner, "vmi-name").Length > 0 ? "vmi" : "pod";
    }

    private static string AllocatedTo(AllocationAttribute owner)
    {
        var name = Attribute(owner, "pod") is { Length: > 0 } pod ? pod : Attribute(owner, "vmi-name");
        return name.Length == 0 ? "" : $"{Attribute(owner, "namespace")}/{name}";
    }

    private static void WriteAttributes(TextWriter output, string heading,
        IEnumerable<KeyValuePair<string, string>> attributes)
    {
        output.WriteLine(heading);
        foreach (var (key, value) in attributes) output.WriteLine($"  {key}: {value}");
    }
}
