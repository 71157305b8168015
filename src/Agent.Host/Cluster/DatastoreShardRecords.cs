using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Datastore;
using Agent.Resources;
using Agent.Runtime.Hosting;

namespace Agent.Host.Cluster;

/// <summary>Which coordinator owns which shard, as resources of the kind <see cref="Kinds.Shard"/>: one for each shard,
/// named <c>TYPE-SHARD</c>, changed by compare-and-swap.</summary>
public sealed partial class DatastoreShardRecords(IDatastore datastore) : IShardRecords
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The resource is not one that agents write.</exception>
    public async Task<ShardRecord?> ReadAsync(string typeName, string shardId) =>
        await datastore.GetAsync(KeyOf(typeName, shardId)) is { } resource ? From(resource) : null;

    /// <inheritdoc/>
    public async Task<bool> TryWriteAsync(ShardRecord record, long expectedEpoch)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(record.Epoch, expectedEpoch, nameof(record));
        var key = KeyOf(record.TypeName, record.ShardId);
        var stored = await datastore.GetAsync(key);
        if ((stored is null ? 0 : From(stored).Epoch) != expectedEpoch) return false;
        var spec = JsonSerializer.SerializeToElement(
            new Spec(record.TypeName, record.ShardId, record.Owner, record.Incarnation, record.Epoch),
            ShardJson.Default.Spec);
        var result = stored is null
            ? await datastore.CreateAsync(new Resource { Key = key, Spec = spec })
            : await datastore.UpdateAsync(stored with { Spec = spec });
        return result is WriteResult.Written;
    }

    private static ResourceKey KeyOf(string typeName, string shardId) => new(Kinds.Shard, $"{typeName}-{shardId}");

    private static ShardRecord From(Resource resource)
    {
        try
        {
            var spec = resource.Spec.Deserialize(ShardJson.Default.Spec)!;
            return new ShardRecord(spec.Type, spec.Shard, spec.Owner, spec.Incarnation, spec.Epoch);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"{resource.Key} is not as agents write it ({error.Message}): stop all agents and delete it", error);
        }
    }

    internal sealed record Spec(string Type, string Shard, string Owner, int Incarnation, long Epoch);

    [JsonSourceGenerationOptions(
        JsonSerializerDefaults.Web, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(Spec))]
    private sealed partial class ShardJson : JsonSerializerContext;
}
