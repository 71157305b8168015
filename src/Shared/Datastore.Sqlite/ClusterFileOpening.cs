namespace Agent.Datastore.Sqlite;

/// <summary>The checks between a path and a usable cluster file; a file that is not
/// ours is refused without touching it.</summary>
internal static class ClusterFileOpening
{
    // As the kernel's mount table names them. WAL needs memory that all processes share, and locks that hold; see
    // sqlite.org/wal.html.
    private static readonly HashSet<string> NetworkFileSystems = new(StringComparer.OrdinalIgnoreCase)
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "v9fs", "afs", "ceph", "coda", "gfs2", "glusterfs",
        "lustre", "ncpfs",
        "ocfs2", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "sshfs", "beegfs", "virtiofs", "vboxfs", "vboxsf",
    };

    /// <summary>Refuses a path at which no cluster file can be, or none is and none may be made.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="createIfMissing">Whether a missing file is made.</param>
    /// <param name="fileSystemOf">Gives the type of the file system on which a directory lies.</param>
    public static void CheckPlace(string path, bool createIfMissing, Func<string, string> fileSystemOf)
    {
        var directory = Path.GetDirectoryName(path);
        if (Directory.Exists(path) || directory is null)
            throw new DatastoreUnavailableException(
                $"cluster datastore {path} is a directory: name a file in it with --datastore");
        if (!createIfMissing && !File.Exists(path))
            throw new DatastoreUnavailableException(
                $"no cluster datastore at {path}: start the agent, or name the file with --datastore");
        if (File.Exists(directory))
            throw new DatastoreUnavailableException(
                $"cluster datastore {path} cannot be made: {directory} is not a directory; name another place with "
                + "--datastore");
        if (!Directory.Exists(directory))
            throw new DatastoreUnavailableException(
                $"cluster datastore {path} cannot be made: the directory {directory} does not exist; "
                + "make it, or name another place with --datastore");
        var fileSystem = fileSystemOf(directory);
        if (NetworkFileSystems.Contains(fileSystem))
            throw new DatastoreUnavailableException(
                $"cluster datastore {path} lies on a network file system ({fileSystem}), "
                + "where SQLite's shared memory and locks do not hold: "
                + "name a file on a local disk, or use a datastore that several hosts can share");
    }

    /// <summary>The type of the file system on which a directory lies, as the kernel names it.</summary>
    public static string FileSystemOf(string directory) => new DriveInfo(directory).DriveFormat;

    /// <summary>Refuses a file that is not this cluster's, makes or upgrades the tables, and turns on write-ahead
    /// logging.</summary>
    public static void CheckContent(ClusterFile file, string path, SqliteDatastoreOptions options)
    {
        var errors = new ClusterFileErrors(path, options.BusyTimeout);
        var schema = ClusterSchema.Tables.Then(options.LaterUpgrades);
        if (file.IsReadOnly)
            throw errors.Unavailable(ClusterFileErrors.IsReadOnly);
        errors.Watch(() =>
        {
            Check();
            file.Execute("PRAGMA journal_mode = WAL");
            return true;
        });
        file.InTransaction(writes: true, () =>
        {
            // Once more under the lock: another process may have made or upgraded the tables meanwhile.
            var version = Check();
            if (version > 0) CheckCluster(file, errors, options.ClusterName);
            schema.Upgrade(file, errors, version);
            if (version == 0) CheckCluster(file, errors, options.ClusterName);
            return true;
        });

        int Check() => schema.Check(sql => file.Number(sql), errors, options.CreateIfMissing);
    }

    private static void CheckCluster(ClusterFile file, ClusterFileErrors errors, string? wanted)
    {
        if (wanted is null) return;
        file.Execute("INSERT INTO meta (key, value) VALUES ('cluster', $cluster) ON CONFLICT DO NOTHING",
            ("$cluster", wanted));
        var found = file.Query("SELECT value FROM meta WHERE key = 'cluster'", row => row.GetString(0))[0];
        if (found != wanted)
            throw errors.Unavailable(
                $"belongs to the cluster '{found}', not '{wanted}': two clusters need two files; "
                + "name another with --datastore, or correct the cluster's name");
    }
}
