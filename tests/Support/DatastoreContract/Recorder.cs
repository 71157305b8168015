using System.Threading.Channels;
using Agent.Resources;

namespace Agent.Datastore.Contract;

/// <summary>Collects what a watch reports; a test waits for the next events, never for time.</summary>
public sealed class Recorder : IDisposable
{
    private readonly Channel<WatchEvent> _events = Channel.CreateUnbounded<WatchEvent>();
    private readonly IDisposable _watch;

    public Recorder(IDatastore datastore, ResourceKind kind, long fromRevision) =>
        _watch = datastore.Watch(kind, fromRevision, events =>
        {
            foreach (var happened in events) Assert.True(_events.Writer.TryWrite(happened));
        });

    public async Task<WatchEvent> NextAsync() => await _events.Reader.ReadAsync().AsTask().WaitAsync(Wait.Bound);

    /// <summary>The next events as text: <c>put a @3</c>, <c>deleted a @4</c>, <c>expired</c>.</summary>
    public async Task<string[]> NextAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++) texts[i] = Text(await NextAsync());
        return texts;
    }

    public bool IsEmpty => !_events.Reader.TryPeek(out _);

    public void Dispose() => _watch.Dispose();

    public static string Text(WatchEvent happened) => happened switch
    {
        WatchEvent.Put(var resource) => $"put {resource.Name} @{resource.Revision}",
        WatchEvent.Deleted(var last) => $"deleted {last.Name} @{last.Revision}",
        _ => "expired",
    };
}

/// <summary>How long a test waits for what must come; reached only when it fails.</summary>
public static class Wait
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
}
