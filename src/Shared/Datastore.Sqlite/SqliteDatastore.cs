using Agent.Datastore.ChangeTable;
using Agent.Resources;

namespace Agent.Datastore.Sqlite;

/// <summary>The cluster's truth in one SQLite file, which all agents of one host and one cluster share.</summary>
/// <remarks>
/// Each process has one thread that writes, in transactions that take the write lock at once, and one that reads
/// and follows changes; each thread owns its connection. A write is on disk before its task completes (WAL,
/// synchronous FULL). Changes of other processes are found by polling, own ones at once. The file never lies on a
/// network file system; two clusters are two files.
/// </remarks>
public sealed class SqliteDatastore : IDatastore
{
    private const string HasKey =
        "api_version = $api_version AND kind = $kind AND namespace = $namespace AND name = $name";

    private static readonly string Placeholders =
        "$" + ResourceRow.Columns.Replace(", ", ", $", StringComparison.Ordinal);

    private readonly string _path;
    private readonly SqliteDatastoreOptions _options;
    private readonly SqliteThread _writing;
    private readonly SqliteThread _reading;
    private ClusterFile? _writer;
    private ClusterFile? _reader;
    private ChangeFeed? _feed;
    private int _disposed;

    private SqliteDatastore(string path, SqliteDatastoreOptions options)
    {
        _path = path;
        _options = options;
        _writing = new SqliteThread("datastore-write");
        _reading = new SqliteThread("datastore-read", idle => _feed?.Poll(idle) ?? Timeout.InfiniteTimeSpan);
        Leases = new SqliteLeases(this);
    }

    /// <inheritdoc/>
    public ILeases Leases { get; }

    /// <summary>Opens the cluster file, and makes it first where that is allowed.</summary>
    /// <param name="path">The file; a relative path is taken from the working directory.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="DatastoreUnavailableException">
    /// There is no file and none may be made, the place is unfit, or the file is locked, read-only, damaged, of a newer
    /// schema, of another program or of another cluster. The message names the file and the remedy.
    /// </exception>
    public static Task<SqliteDatastore> OpenAsync(
        string path, SqliteDatastoreOptions options, CancellationToken cancellation = default) =>
        OpenAsync(path, options, ClusterFileOpening.FileSystemOf, cancellation);

    internal static async Task<SqliteDatastore> OpenAsync(
        string path, SqliteDatastoreOptions options, Func<string, string> fileSystemOf,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HistoryLimit, 1, nameof(options));
        path = Path.GetFullPath(path);
        ClusterFileOpening.CheckPlace(path, options.CreateIfMissing, fileSystemOf);
        SqliteLibrary.Require();
        var datastore = new SqliteDatastore(path, options);
        try
        {
            await datastore._writing.RunAsync(() => datastore.OpenWriter(), cancellation).ConfigureAwait(false);
            await datastore._reading.RunAsync(() => datastore.OpenReader(), cancellation).ConfigureAwait(false);
            return datastore;
        }
        catch
        {
            await datastore.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        ReadAsync(file => Find(file, key), cancellation);

    /// <inheritdoc/>
    public Task<ResourceList> ListAsync(ResourceKind kind, string? @namespace = null,
        CancellationToken cancellation = default) =>
        ReadAsync(file => new ResourceList(
            file.Query(
                $"SELECT {ResourceRow.Columns} FROM resource WHERE api_version = $api_version AND kind = $kind"
                + " AND ($namespace IS NULL OR namespace = $namespace) ORDER BY namespace, name",
                ResourceRow.Read, ("$api_version", kind.ApiVersion), ("$kind", kind.Kind), ("$namespace", @namespace)),
            Revision(file)), cancellation);

    /// <inheritdoc/>
    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(file => Stored(file, deleted: false, WriteRules.Create(
            Find(file, resource.Key), resource, Revision(file) + 1, Guid.NewGuid().ToString(),
            _options.Time.GetUtcNow())), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default)
    {
        WriteRules.Check(resource);
        return WriteAsync(file => Stored(file, deleted: false, WriteRules.Update(
            Find(file, resource.Key), resource, Revision(file) + 1)), cancellation);
    }

    /// <inheritdoc/>
    public Task<WriteResult> DeleteAsync(ResourceKey key, long? expectedRevision,
        CancellationToken cancellation = default) =>
        WriteAsync(file => Stored(file, deleted: true, WriteRules.Delete(
            Find(file, key), key, expectedRevision, Revision(file) + 1)), cancellation);

    /// <inheritdoc/>
    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents)
    {
        ArgumentNullException.ThrowIfNull(onEvents);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var watch = new ChangeWatch(kind, fromRevision, onEvents);
        if (!_reading.TryPost(() => _feed?.Add(watch))) ObjectDisposedException.ThrowIf(true, this);
        return watch;
    }

    /// <summary>Finishes the operations under way and closes the file; watches end without a word.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _writing.TryPost(() => _writer?.Dispose());
        await _writing.DisposeAsync().ConfigureAwait(false);
        _reading.TryPost(() =>
        {
            _feed = null;
            _reader?.Dispose();
        });
        await _reading.DisposeAsync().ConfigureAwait(false);
    }

    internal Task<T> ReadAsync<T>(Func<ClusterFile, T> work, CancellationToken cancellation) =>
        _reading.RunAsync(() => _reader!.InTransaction(writes: false, () => work(_reader)), cancellation);

    internal Task<T> WriteAsync<T>(Func<ClusterFile, T> work, CancellationToken cancellation) =>
        _writing.RunAsync(() =>
        {
            // SQLite would go on writing into a file that has no name any more, and every other process into a new one.
            if (!File.Exists(_path))
                throw new DatastoreUnavailableException(
                    $"cluster datastore {_path} was removed or moved while in use: put it back and restart the "
                    + "agents of this host");
            var result = _writer!.InTransaction(writes: true, () => work(_writer));
            if (_feed!.IsWatched) _reading.TryPost(static () => { });
            return result;
        }, cancellation);

    private bool OpenWriter()
    {
        _writer = ClusterFile.Connect(_path, _options);
        ClusterFileOpening.CheckContent(_writer, _path, _options);
        return true;
    }

    private bool OpenReader()
    {
        _reader = ClusterFile.Connect(_path, _options);
        _feed = new ChangeFeed(_reader, _options);
        return true;
    }

    private WriteResult Stored(ClusterFile file, bool deleted, WriteResult decided)
    {
        if (decided is not WriteResult.Written(var resource)) return decided;
        if (deleted)
            file.Execute(
                $"DELETE FROM resource WHERE {HasKey}", ResourceRow.Values(resource.Key));
        else
            file.Execute(
                $"INSERT OR REPLACE INTO resource ({ResourceRow.Columns}) VALUES ({Placeholders})",
                ResourceRow.Values(resource));
        file.Execute(
            $"INSERT INTO change ({ResourceRow.Columns}, deleted) VALUES ({Placeholders}, $deleted)",
            [.. ResourceRow.Values(resource), ("$deleted", deleted ? 1 : 0)]);
        file.Execute("DELETE FROM change WHERE revision <= $oldest",
            ("$oldest", resource.Revision - _options.HistoryLimit));
        return decided;
    }

    private static Resource? Find(ClusterFile file, ResourceKey key) => file.Query(
        $"SELECT {ResourceRow.Columns} FROM resource WHERE {HasKey}",
        ResourceRow.Read, ResourceRow.Values(key)).SingleOrDefault();

    private static long Revision(ClusterFile file) => file.Number("SELECT coalesce(max(revision), 0) FROM change");
}
