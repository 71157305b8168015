using System.CommandLine;
using Agent.Resources;

namespace Agent.Ctl.Commands.Ipam;

/// <summary><c>ipam show</c>: what is in use, as the pools and the blocks' published assignments tell it.</summary>
internal static class IpamCommand
{
    private static readonly Option<string?> Ip = new("--ip")
    {
        Description = "Shows whether this address is in use, and by whom.",
        HelpName = "address",
    };

    private static readonly Option<bool> ShowBlocks = new("--show-blocks")
    {
        Description = "Shows every block under its pool.",
    };

    private static readonly Option<bool> ShowBorrowed = new("--show-borrowed")
    {
        Description = "Shows addresses that a node uses from another node's block.",
    };

    private static readonly Option<bool> ShowConfiguration = new("--show-configuration")
    {
        Description = "Shows the settings of IP address management.",
    };

    internal static Command Build(Surroundings surroundings)
    {
        var show = new Command(
            "show",
            """
            Shows the use of IP addresses. A block's owner publishes its assignments at most once a second.

            Examples:
              agentctl ipam show
              agentctl ipam show --show-blocks
              agentctl ipam show --ip=10.48.0.5
            """)
        { Ip, ShowBlocks, ShowBorrowed, ShowConfiguration };
        show.SetAction((parsed, cancellation) => ShowAsync(parsed, surroundings, cancellation));
        return new Command("ipam", "Shows the use of IP addresses.") { show };
    }

    private static async Task<int> ShowAsync(ParseResult parsed, Surroundings surroundings,
        CancellationToken cancellation)
    {
        await using var datastore = await surroundings.OpenDatastore(Settings.Read(parsed, surroundings).DatastorePath);
        if (parsed.GetValue(ShowConfiguration) && parsed.GetValue(Ip) is null && !parsed.GetValue(ShowBlocks)
            && !parsed.GetValue(ShowBorrowed))
        {
            var settings = await datastore.GetAsync(new ResourceKey(Kinds.IPAMConfiguration, "default"), cancellation);
            IpamReport.WriteConfiguration(surroundings.Output,
                settings is null ? IpamConfiguration.Default : IpamConfiguration.From(settings));
            return 0;
        }

        var pools = await datastore.ListAsync(Kinds.IPPool, cancellation: cancellation);
        var blocks = await datastore.ListAsync(Kinds.IPAMBlock, cancellation: cancellation);
        var report = new IpamReport([.. pools.Items.Select(IPPool.From)],
            [.. blocks.Items.Select(IpamBlock.From).Where(block => !block.Deleted)]);
        if (parsed.GetValue(Ip) is { } address) report.WriteAddress(surroundings.Output, address);
        else if (!parsed.GetValue(ShowBlocks) && parsed.GetValue(ShowBorrowed))
            report.WriteBorrowed(surroundings.Output);
        else report.WriteUse(surroundings.Output, parsed.GetValue(ShowBlocks));
        return 0;
    }
}
