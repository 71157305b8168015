using Agent.Resources;

namespace Agent.Datastore;

/// <summary>The cluster's truth: resources with revisions, changed by
/// compare-and-swap and watched from a revision.</summary>
/// <remarks>
/// Expected outcomes are values (<see cref="WriteResult"/>). A datastore that cannot be reached throws
/// <see cref="DatastoreUnavailableException"/>, after which nothing is known of the write; the caller reads again.
/// Every backend passes one contract test suite. Revisions rise over the whole datastore, with gaps.
/// </remarks>
public interface IDatastore : IAsyncDisposable
{
    /// <summary>Reads one resource; null when there is none.</summary>
    Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default);

    /// <summary>Reads all resources of a kind in order of their keys, with the
    /// revision at which the list is true.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="namespace">Only this namespace; null for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null,
        CancellationToken cancellation = default);

    /// <summary>Creates the resource with a new uid and revision;
    /// <see cref="WriteResult.Exists"/> when the key is taken.</summary>
    Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default);

    /// <summary>Replaces the resource if its revision is still <see cref="Resource.Revision"/> of the argument
    /// (and its uid, where given, the same).</summary>
    Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default);

    /// <summary>Deletes the resource if its revision is still the expected one.</summary>
    /// <param name="key">What to delete.</param>
    /// <param name="expectedRevision">The revision that the caller saw; null deletes whatever is there.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision, CancellationToken cancellation = default);

    /// <summary>Reports every change of a kind after a revision, in order, none
    /// lost and none twice, until disposed.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="fromRevision">The revision of a list: the first event is the first change after it.</param>
    /// <param name="onEvents">Called with one batch at a time, on a thread of the datastore's, perhaps before
    /// this method returns; it must neither block nor throw. After <see cref="WatchEvent.Expired"/>, which stands
    /// alone, the caller lists and watches anew.</param>
    /// <returns>Ends the watch; a batch whose delivery has begun may still arrive.</returns>
    IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents);

    /// <summary>The leases of this datastore.</summary>
    ILeases Leases { get; }
}

/// <summary>Resources of one kind and the revision at which they were all true.</summary>
public sealed record ResourceList(IReadOnlyList<Resource> Items, long Revision);

/// <summary>What became of a write.</summary>
public abstract record WriteResult
{
    private WriteResult() { }

    /// <summary>Done; this is what the datastore now holds (for a deletion: what it held last,
    /// with the revision of the deletion).</summary>
    public sealed record Written(Resource Resource) : WriteResult;

    /// <summary>Somebody was faster: this is what is there now.</summary>
    public sealed record Conflict(Resource Current) : WriteResult;

    /// <summary>Creation of a key that is taken: this is what is there.</summary>
    public sealed record Exists(Resource Current) : WriteResult;

    /// <summary>Update or deletion of a key that is not there.</summary>
    public sealed record NotFound(ResourceKey Key) : WriteResult;
}

/// <summary>One change that a watch reports.</summary>
public abstract record WatchEvent
{
    private WatchEvent() { }

    /// <summary>The resource was created or changed.</summary>
    public sealed record Put(Resource Resource) : WatchEvent;

    /// <summary>The resource was deleted; <paramref name="Last"/> is its last
    /// state, with the revision of the deletion.</summary>
    public sealed record Deleted(Resource Last) : WatchEvent;

    /// <summary>History no longer reaches back to where the watch stood (or the connection
    /// was lost for too long): list again.</summary>
    public sealed record Expired(string Reason) : WatchEvent;
}

/// <summary>The datastore cannot be reached or cannot answer; the message says which one, why and what to do.</summary>
public sealed class DatastoreUnavailableException : Exception
{
    /// <summary>With a message that names the datastore and the remedy.</summary>
    public DatastoreUnavailableException(string message, Exception? inner = null) : base(message, inner) { }
}
