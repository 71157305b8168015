using System.Text.Json;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Runtime.Hosting;
using Agent.Runtime.Sql;
using BenchmarkDotNet.Attributes;

namespace Agent.Bench;

/// <summary>An address is assigned and given back, each as an event of the node's journal. The yardstick is what the disk itself
/// takes for the two durable writes.</summary>
public class IpamBenchmarks
{
    private const string Id = "block-owner";

    private readonly InMemoryJournal _memory = new();
    private readonly NodeBlocks _state = new("node1");
    private readonly AssignmentRequest _request = new()
    {
        Handle = "k8s-pod-network.pod",
        Family = IpFamily.V4,
        Pools = [new Pool { Name = "pool", Cidr = IpPrefix.Parse("10.48.0.0/16"), BlockSize = 26 }],
        Attributes = OwnerAttributes.Empty.With(OwnerAttributes.Node, "node1"),
    };

    private readonly byte[] _record = new byte[256];
    private DirectoryInfo? _folder;
    private NodeJournal? _disk;
    private FileStream? _file;
    private long _sequenceNr;

    /// <summary>An event as the journal keeps it.</summary>
    public sealed record Kept(string Text);

    [GlobalSetup]
    public void Setup()
    {
        var block = IpPrefix.Parse("10.48.0.0/26");
        _state.Apply(new BlockEvent.Claimed(block, "pool", "claim", 1, DateTimeOffset.UnixEpoch));
        _folder = Directory.CreateTempSubdirectory("agent-bench-");
        var path = Path.Combine(_folder.FullName, "node.journal");
        _disk = NodeJournal.Open(new NodeJournalSettings(path, new JsonEventSerializer(JsonSerializerOptions.Web).Add<Kept>("kept"))
        {
            CreateAs = new JournalIdentity("journal", "machine", 1),
        });
        _file = new FileStream(Path.Combine(_folder.FullName, "bare"), FileMode.Create);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file?.Dispose();
        _disk?.Dispose();
        _folder?.Delete(recursive: true);
    }

    /// <summary>Two records over those that a file has already, flushed to the disk after each: as SQLite writes a log that it
    /// begins again.</summary>
    [Benchmark(Baseline = true)]
    public long Bare_fsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _file!.Position = i * _record.Length;
            _file.Write(_record);
            _file.Flush(flushToDisk: true);
        }

        return _file!.Length;
    }

    /// <summary>The decisions alone.</summary>
    [Benchmark]
    public int Without_journal()
    {
        _state.Apply(Assigned());
        foreach (var released in ReleasePlan.ByHandle(_state, _request.Handle)) _state.Apply(released);
        return _state.Blocks.Count;
    }

    /// <summary>Kept in memory.</summary>
    [Benchmark]
    public Task Journal_in_memory() => AssignAndReleaseAsync(_memory);

    /// <summary>Kept by SQLite, flushed to the disk before the address is handed out.</summary>
    [Benchmark]
    public Task Journal_on_disk() => AssignAndReleaseAsync(_disk!.Persistence.Journal);

    private BlockEvent.Assigned Assigned() => AssignmentPlan.Decide(_state, _request) is AssignmentDecision.Assign assign
        ? assign.Event
        : throw new InvalidOperationException("the block has no room");

    private async Task AssignAndReleaseAsync(IJournal journal)
    {
        await KeepAsync(journal, Assigned());
        foreach (var released in ReleasePlan.ByHandle(_state, _request.Handle)) await KeepAsync(journal, released);
        if (_sequenceNr % 1000 == 0) await journal.DeleteAsync(Id, _sequenceNr);
    }

    private async Task KeepAsync(IJournal journal, BlockEvent happened)
    {
        var outcome = await journal.WriteAsync([new AtomicWrite(Id, ++_sequenceNr, [new Kept(IpamJson.WriteEvent(happened))])]);
        if (outcome[0] is { } refusal) throw new InvalidOperationException("the journal refused an event", refusal);
        _state.Apply(happened);
    }
}
