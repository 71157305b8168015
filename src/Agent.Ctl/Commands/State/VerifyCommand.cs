using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Agent.Ctl.Output;
using Agent.Datastore;
using Agent.Runtime.Sql;

namespace Agent.Ctl.Commands.State;

/// <summary><c>state verify</c>: is what is kept on disk sound, and does it fit together?</summary>
internal static class VerifyCommand
{
    private static readonly Option<string?> Only = StateSources.OnlyFlag();

    private static readonly Option<string?> Format = Documents.Flag();

    internal static Command Build(Surroundings surroundings, Option<string?> journal)
    {
        var command = new Command(
            "verify",
            """
            Checks the node's journal and the cluster's datastore, beside a running agent or without one; nothing is changed. The exit code is
            1 if there is anything to complain about; each complaint says what to do.

            Checked: the files by SQLite itself; events without a hole, each of a known manifest and readable; the latest snapshot; blocks by
            the rules of 'calicoctl ipam check'; blocks and affinities against each other; the journal's id and sequences against what is published.

            Examples:
              agentctl state verify
              agentctl state verify --only journal --journal /backup/journal.db
            """)
        { Only, Format };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, surroundings, journal, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, Surroundings surroundings, Option<string?> journal, CancellationToken cancellation)
    {
        var (settings, only) = (Settings.Read(parsed, surroundings), parsed.GetValue(Only));
        var complaints = new List<Complaint>();

        // The cluster first: what it has published by then must stand in a journal that is read later.
        ClusterChecks? cluster = null;
        if (only is not StateSources.Journal)
            cluster = await CheckClusterAsync(settings.DatastorePath, surroundings, complaints, cancellation);
        if (only is not StateSources.Cluster)
            CheckJournal(parsed.GetValue(journal) ?? settings.JournalPath, cluster, complaints);

        if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format),
            JsonSerializer.SerializeToElement(complaints, DocumentJson.Default.ListComplaint)))
            Write(surroundings.Output, complaints);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static async Task<ClusterChecks?> CheckClusterAsync(
        string place, Surroundings surroundings, List<Complaint> complaints, CancellationToken cancellation)
    {
        var name = StateSources.Name(place);
        try
        {
            var (resources, damage) = await StateSources.ReadClusterAsync(place, surroundings, cancellation);
            foreach (var line in damage)
                complaints.Add(new Complaint(name, line,
                    "stop the agents and restore the file from a copy, or correct the row with sqlite3"));
            var checks = new ClusterChecks(name, resources, complaints);
            checks.Run(surroundings.Clock.GetUtcNow());
            return checks;
        }
        catch (DatastoreUnavailableException error)
        {
            complaints.Add(new Complaint(name, error.Message, "as it says; more in docs/operate/files.md"));
            return null;
        }
    }

    private static void CheckJournal(string place, ClusterChecks? cluster, List<Complaint> complaints)
    {
        var name = StateSources.Name(place);
        try
        {
            using var journal = JournalReader.Open(place);
            var blocks = new JournalChecks(name, complaints).Run(journal);
            if (cluster is not null && blocks is not null) cluster.CompareWith(journal.Identity, blocks);
        }
        catch (JournalException error)
        {
            complaints.Add(new Complaint(name, error.Message, "as it says; more in docs/operate/files.md"));
        }
    }

    private static void Write(TextWriter output, List<Complaint> complaints)
    {
        foreach (var complaint in complaints)
        {
            output.WriteLine($"{complaint.Place}: {complaint.Problem}");
            output.WriteLine($"  do: {complaint.Remedy}");
        }

        output.WriteLine(complaints.Count switch
        {
            0 => "Nothing to complain about.",
            1 => "1 complaint.",
            var many => string.Create(CultureInfo.InvariantCulture, $"{many} complaints."),
        });
    }
}
