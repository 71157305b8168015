using Agent.Actors.Ipam;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Simulation.Outside;

/// <summary>The cluster's datastore as one process has it: behind a <see cref="StoreConnection"/>, its leases behind
/// another.</summary>
/// <remarks>With the defect <see cref="Defect.BlindClaims"/> the creation of a block that is there overwrites it, with
/// <see cref="Defect.HiddenEpochs"/> what is read bears no epoch.</remarks>
internal sealed class SimulatedDatastore(World world, Node node, Process process) : IDatastore
{
    private readonly StoreConnection _connection = new(world.Seeded, process, node.Store, "datastore");
    private readonly List<IDisposable> _watches = [];

    public ILeases Leases { get; } = new SimulatedLeases(world, node, process);

    public Task<Resource?> GetAsync(ResourceKey key, CancellationToken cancellation = default) =>
        _connection.CallAsync(() => Shown(world.Datastore.GetAsync(key).Result));

    public Task<ResourceList> ListAsync(
        ResourceKind kind, string? @namespace = null, CancellationToken cancellation = default) =>
        _connection.CallAsync(() => world.Datastore.ListAsync(kind, @namespace).Result);

    public Task<WriteResult> CreateAsync(Resource resource, CancellationToken cancellation = default) => WriteAsync(
        "create", resource.Key, () => world.Datastore.CreateAsync(resource).Result switch
        {
            WriteResult.Exists(var there) when world.Settings.Defect == Defect.BlindClaims
                && resource.Kind == Kinds.IPAMBlock =>
                world.Datastore.UpdateAsync(resource with { Revision = there.Revision, Uid = there.Uid }).Result,
            var result => result,
        });

    public Task<WriteResult> UpdateAsync(Resource resource, CancellationToken cancellation = default) =>
        WriteAsync("update", resource.Key, () => world.Datastore.UpdateAsync(resource).Result);

    public Task<WriteResult> DeleteAsync(
        ResourceKey key, long? expectedRevision, CancellationToken cancellation = default) =>
        WriteAsync("delete", key, () => world.Datastore.DeleteAsync(key, expectedRevision).Result);

    public IDisposable Watch(ResourceKind kind, long fromRevision, Action<IReadOnlyList<WatchEvent>> onEvents)
    {
        var watch = world.Datastore.Watch(
            kind, fromRevision, events => _connection.Deliver(() => onEvents(events)));
        _watches.Add(watch);
        return watch;
    }

    /// <summary>The process is gone, and its watches with it.</summary>
    public void Close()
    {
        foreach (var watch in _watches)
            watch.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private Resource? Shown(Resource? resource) => world.Settings.Defect == Defect.HiddenEpochs && resource is not null
        ? resource with { Annotations = resource.Annotations.Remove(BlockOwner.EpochAnnotation) }
        : resource;

    private Task<WriteResult> WriteAsync(string verb, ResourceKey key, Func<WriteResult> write) =>
        _connection.CallAsync(() =>
        {
            var result = write();
            world.Seeded.Note("write", $"{process.Name} {verb} {key}: {result.GetType().Name}");
            return result;
        });

    private sealed class SimulatedLeases(World world, Node node, Process process) : ILeases
    {
        private readonly StoreConnection _connection = new(world.Seeded, process, node.Leases, "leases");

        private ILeases Inner => world.Datastore.Leases;

        public Task<LeaseResult> AcquireAsync(
            string name, string holder, TimeSpan timeToLive, long? expectedVersion,
            CancellationToken cancellation = default) =>
            WriteAsync("acquire", name, () => Inner.AcquireAsync(name, holder, timeToLive, expectedVersion).Result);

        public Task<LeaseResult> RenewAsync(Lease lease, CancellationToken cancellation = default) =>
            WriteAsync("renew", lease.Name, () => Inner.RenewAsync(lease).Result);

        public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default) =>
            WriteAsync("release", lease.Name, () => Inner.ReleaseAsync(lease).IsCompletedSuccessfully);

        public Task<IReadOnlyList<Lease>> ListAsync(string namePrefix, CancellationToken cancellation = default) =>
            _connection.CallAsync(() => Inner.ListAsync(namePrefix).Result);

        private Task<T> WriteAsync<T>(string verb, string name, Func<T> write) => _connection.CallAsync(() =>
        {
            var result = write();
            world.Seeded.Note("write", $"{process.Name} {verb} lease {name}: {result!.GetType().Name}");
            return result;
        });
    }
}
