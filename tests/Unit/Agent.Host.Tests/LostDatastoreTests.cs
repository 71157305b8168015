using Agent.Host.Bootstrap;
using Agent.Host.Settings;

namespace Agent.Host.Tests;

/// <summary>A node's journal without the cluster's file is refused; every other combination is a start.</summary>
public sealed class LostDatastoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lost-");

    private AgentSettings Settings => new()
    {
        Datastore = Path.Combine(_folder.FullName, "cluster.db"),
        Journal = Path.Combine(_folder.FullName, "journal.db"),
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_journal_without_the_clusters_file_is_refused_with_both_paths_and_the_remedy()
    {
        File.WriteAllText(Settings.Journal, "");

        var refused = Assert.Throws<StartRefusedException>(() => LostDatastore.Refuse(Settings));

        Assert.Equal(
            $"the cluster datastore {Settings.Datastore} is gone, though this node's journal {Settings.Journal} is there; restore it from a backup or "
            + "from another host of the cluster, or move the journal away as well to begin a new cluster. The kernel keeps its routes meanwhile",
            refused.Message);
        Assert.Equal([Settings.Journal], Directory.GetFiles(_folder.FullName));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_first_start_a_lost_journal_and_a_whole_node_are_not_refused(bool datastore, bool journal)
    {
        if (datastore) File.WriteAllText(Settings.Datastore, "");
        if (journal) File.WriteAllText(Settings.Journal, "");

        Assert.Null(Record.Exception(() => LostDatastore.Refuse(Settings)));
    }
}
