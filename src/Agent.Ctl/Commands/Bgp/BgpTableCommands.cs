using System.CommandLine;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary><c>bgp routes</c>, <c>received</c> and <c>advertised</c>: tables that may be large and are read and printed
/// a page at a time.</summary>
internal static class BgpTableCommands
{
    private const string Longer = "longer-prefixes";
    private const string All = "all";

    private static readonly Option<string?> Format = Documents.Flag(wide: true);

    internal static Command Routes(Surroundings surroundings)
    {
        var words = Words();
        var command = new Command(
            "routes",
            """
            Shows the routes that are known: each path with its peer and attributes, the best first.

            With a prefix, the routes of that prefix; with 'longer-prefixes' behind it, also those inside it; with an address, the
            route that packets for it take. 'all' shows every attribute. -o wide adds communities and why a path is not the best.

            Marks: * usable, x refused on import, s stale (kept over a restart), > the best, = shares traffic with the best.
            Behind the AS path: i IGP, e EGP, ? incomplete.

            Examples:
              agentctl bgp routes
              agentctl bgp routes 10.48.0.0/16 longer-prefixes
              agentctl bgp routes 10.48.1.7
              agentctl bgp routes 10.48.1.0/26 all
            """)
        { words, Format };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed, surroundings, BgpTable.LocRib, null, parsed.GetValue(words) ?? [], cancellation));
        return command;
    }

    internal static Command Received(Surroundings surroundings)
    {
        var (peer, words) = (BgpCommand.PeerArgument(surroundings), Words());
        var command = new Command(
            "received",
            """
            Shows what a peer has announced (Adj-RIB-In), also what was refused or is stale, before the policy on import and, where it
            changed something, after it.

            Examples:
              agentctl bgp received 10.0.0.2
              agentctl bgp received Mesh_10_0_0_2 10.48.0.0/16 longer-prefixes
            """)
        { peer, words, Format };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed, surroundings, BgpTable.AdjRibIn, parsed.GetValue(peer), parsed.GetValue(words) ?? [], cancellation));
        return command;
    }

    internal static Command Advertised(Surroundings surroundings)
    {
        var (peer, words) = (BgpCommand.PeerArgument(surroundings), Words());
        var command = new Command(
            "advertised",
            """
            Shows what a peer has been told (Adj-RIB-Out), with the attributes as they were sent.

            Examples:
              agentctl bgp advertised 10.0.0.2
              agentctl bgp advertised 10.0.0.2 10.48.1.0/26 all
            """)
        { peer, words, Format };
        command.SetAction((parsed, cancellation) => ShowAsync(
            parsed, surroundings, BgpTable.AdjRibOut, parsed.GetValue(peer), parsed.GetValue(words) ?? [],
            cancellation));
        return command;
    }

    private static Argument<string[]> Words()
    {
        var words = new Argument<string[]>("prefix")
        {
            HelpName = "prefix",
            Description = "A prefix or an address; then 'longer-prefixes' for what is inside the prefix; 'all' for every "
                + "attribute.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.CompletionSources.Add(Longer, All);
        return words;
    }

    private static async Task<int> ShowAsync(
        ParseResult parsed, Surroundings surroundings, BgpTable table, string? peer, string[] words,
        CancellationToken cancellation)
    {
        var (prefix, match, all) = Read(words);
        var format = Documents.Format(parsed, Format, wide: true);
        var list = format is "json" or "yaml" ? new ListDocument(surroundings.Output, format) : null;
        var view = new BgpRouteView(surroundings.Output, table, format == "wide", all);
        var found = false;
        string? after = null;
        do
        {
            var page = await AgentQuestion.AskAsync<IpcReply.BgpRoutes>(
                parsed, surroundings, new IpcRequest.BgpRoutesRequest(table, peer, prefix, match, after), cancellation);
            found |= page.Routes.Count > 0;
            if (list is null) view.Write(page.Routes);
            else
                foreach (var route in IpcTypes.ToJson(page).GetProperty("routes").EnumerateArray()) list.Add(route);
            after = page.Next;
        }
        while (after is not null);

        list?.End();
        if (found || prefix is null) return 0;
        surroundings.Error.WriteLine($"no route for {prefix}");
        return 1;
    }

    private static (string? Prefix, BgpMatch Match, bool All) Read(string[] words)
    {
        var all = words.Contains(All);
        var longer = words.Contains(Longer);
        string[] prefixes = [.. words.Where(word => word is not (All or Longer))];
        if (prefixes.Length > 1)
            throw new CommandFailedException(
                $"unknown word '{prefixes[1]}': behind the prefix only '{Longer}' and '{All}' may follow");
        if (prefixes is not [var prefix])
            return longer ? throw new CommandFailedException($"'{Longer}' needs a prefix in front of it")
                : (null, BgpMatch.Exact, all);
        var match = longer ? BgpMatch.Longer
            : prefix.Contains('/', StringComparison.Ordinal) ? BgpMatch.Exact : BgpMatch.Longest;
        return (prefix, match, all);
    }
}
