using System.CommandLine;

namespace Agent.Ctl.Commands.Cluster;

/// <summary><c>cluster certs</c>: makes the authority of a cluster and the certificates by which its agents know each
/// other.</summary>
/// <remarks>Everything is a PEM file. Agents read theirs again when they change, so a certificate is renewed by making
/// it anew.</remarks>
internal static class CertsCommand
{
    private const int DaysOfAuthority = 3650;
    private const int DaysOfNode = 365;

    private static readonly Option<string> Folder = new("--dir")
    {
        Description = "Where the authority lies: ca.crt, and ca.key, which is to be kept safe.",
        HelpName = "folder",
        DefaultValueFactory = _ => "certificates",
        Recursive = true,
    };

    private static readonly Option<string> ClusterName = new("--cluster")
    {
        Description = "The cluster's name, which the authority bears.",
        HelpName = "name",
        DefaultValueFactory = _ => "default",
    };

    private static readonly Option<bool> Rotate = new("--rotate")
    {
        Description = "Makes a new authority beside the one that is there; ca.crt then holds both.",
    };

    private static readonly Argument<string> Node = new("node") { Description = "The node's name." };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Where tls.crt, tls.key and ca.crt of the node go. Default: a folder of its name in --dir.",
        HelpName = "folder",
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "For how many days the certificate is valid.",
        HelpName = "days",
        DefaultValueFactory = _ => DaysOfNode,
    };

    internal static Command Build(Surroundings surroundings)
    {
        var init = new Command("init", "Makes the cluster's authority.") { ClusterName, Rotate };
        init.SetAction(parsed => Guard(() => Init(
            surroundings, parsed.GetValue(Folder)!, parsed.GetValue(ClusterName)!, parsed.GetValue(Rotate))));

        var node = new Command("node", "Makes or renews the certificate of a node's agent.") { Node, Out, Days };
        node.SetAction(parsed => Guard(() => MakeNode(
            surroundings, parsed.GetValue(Folder)!, parsed.GetValue(Node)!, parsed.GetValue(Out),
            parsed.GetValue(Days))));

        return new Command(
            "certs",
            """
            Makes the certificates by which the agents of a cluster know each other.

            Examples:
              agentctl cluster certs init
              agentctl cluster certs node node1
              agentctl cluster certs node node1 --out /etc/agent/certificates
            """)
        { Folder, init, node };
    }

    private static void Init(Surroundings surroundings, string folder, string cluster, bool rotate)
    {
        if (!IsName(cluster))
            throw new CommandFailedException($"'{cluster}' is no cluster's name: use a DNS-1123 name");
        var files = new AuthorityFiles(folder);
        if (files.Exist != rotate)
        {
            throw new CommandFailedException(rotate
                ? $"there is no authority in {folder} to rotate; leave --rotate out"
                : $"there is an authority in {folder} already: nodes that have its certificates would refuse those of "
                + "another; to change it while they run, add --rotate");
        }

        files.Write(CertificateAuthority.Create(cluster, surroundings.Clock.GetUtcNow(), DaysOfAuthority));
        surroundings.Output.WriteLine(
            $"authority of cluster '{cluster}' in {files.Certificate}; keep {files.Key} safe");
        surroundings.Output.WriteLine(rotate
            ? $"next: copy {files.Certificate} to every node, then make every node's certificate anew"
            : "next: agentctl cluster certs node NAME");
    }

    private static void MakeNode(Surroundings surroundings, string folder, string node, string? to, int days)
    {
        if (!IsName(node))
            throw new CommandFailedException($"'{node}' is no node's name: use a DNS-1123 name");
        if (days is < 1 or > DaysOfAuthority)
            throw new CommandFailedException($"--days {days} is not allowed: use 1 to {DaysOfAuthority}");
        var files = new AuthorityFiles(folder);
        using var authority = files.Read();
        var (certificate, key) = CertificateAuthority.Issue(authority, node, surroundings.Clock.GetUtcNow(), days);
        var place = Path.GetFullPath(to ?? Path.Combine(folder, node));
        Directory.CreateDirectory(place);
        AuthorityFiles.Replace(Path.Combine(place, "ca.crt"), File.ReadAllText(files.Certificate), isSecret: false);
        AuthorityFiles.Replace(Path.Combine(place, "tls.key"), key, isSecret: true);
        AuthorityFiles.Replace(Path.Combine(place, "tls.crt"), certificate, isSecret: false);
        surroundings.Output.WriteLine(
            $"certificate of {node} for {days} days in {place}: its agent reads it with AGENT_CERTIFICATES={place}");
    }

    private static bool IsName(string name) =>
        name.Length <= 253 && Uri.CheckHostName(name) == UriHostNameType.Dns;

    private static int Guard(Action work)
    {
        try
        {
            work();
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                $"{error.Message.TrimEnd('.')}: see that the folder can be read and written, or name another with --dir or --out");
        }
    }
}
