using System.Diagnostics;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary>Writes resources to the datastore as Calico's client does: checked, with defaults written out, by
/// compare-and-swap.</summary>
/// <remarks>
/// Each operation gives null, or why it failed in Calico's words (spec calico-ipam-cni-cli 5.1, 5.2). An update whose
/// manifest names no
/// <c>resourceVersion</c> is read, merged and tried again up to 5 times, a second apart; one that names it must name
/// the stored one.
/// </remarks>
internal sealed class ResourceStore(IDatastore datastore, Surroundings surroundings)
{
    private const int Tries = 5;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    /// <summary>Creates the resource.</summary>
    internal async Task<string?> CreateAsync(Resource given, bool skipExisting, CancellationToken cancellation)
    {
        var (checkedOne, refusal) = await CheckAsync(Fresh(given), previous: null, cancellation);
        if (checkedOne is null)
            return await IsStoredAsync(given, cancellation) is { } taken ? Taken(taken, skipExisting) : refusal;
        return await datastore.CreateAsync(checkedOne, cancellation) switch
        {
            WriteResult.Written => null,
            WriteResult.Exists => Taken(given.Key, skipExisting),
            var other => throw new UnreachableException($"creating {given.Key} gave {other}"),
        };
    }

    /// <summary>Replaces what is stored.</summary>
    internal async Task<string?> ReplaceAsync(Resource given, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await datastore.GetAsync(given.Key, cancellation) is not { } stored) return Missing(given.Key);
            if (given.Revision != 0 && given.Revision != stored.Revision) return OutOfDate(given, stored);
            if (given.Uid.Length > 0 && given.Uid != stored.Uid)
                return $"update conflict: {given.Key}: uid '{given.Uid}' is not that of the stored one ('{stored.Uid}')";

            var (checkedOne, refusal) = await CheckAsync(Over(stored, given), stored, cancellation);
            if (checkedOne is null) return refusal;
            switch (await datastore.UpdateAsync(checkedOne, cancellation))
            {
                case WriteResult.Written: return null;
                case WriteResult.NotFound: return Missing(given.Key);
                case WriteResult.Conflict when given.Revision == 0 && attempt < Tries:
                    await surroundings.Pause(BetweenTries, cancellation);
                    break;
                case WriteResult.Conflict: return $"update conflict: {given.Key}";
                case var other: throw new UnreachableException($"updating {given.Key} gave {other}");
            }
        }
    }

    /// <summary>Replaces what is stored, or creates it.</summary>
    internal async Task<string?> ApplyAsync(Resource given, CancellationToken cancellation)
    {
        var isStored = await datastore.GetAsync(given.Key, cancellation) is not null;
        return isStored
            ? await ReplaceAsync(given, cancellation)
            : await CreateAsync(given, skipExisting: false, cancellation);
    }

    /// <summary>Deletes the resource. A pool is disabled first, so that no address is given out of it while it
    /// goes.</summary>
    internal async Task<string?> DeleteAsync(ResourceKey key, bool skipMissing, CancellationToken cancellation)
    {
        if (key.Kind == Kinds.IPPool && await DisableAsync(key, cancellation) is { } failure) return failure;
        return await datastore.DeleteAsync(key, null, cancellation) switch
        {
            WriteResult.Written => null,
            WriteResult.NotFound => skipMissing ? Skipped : Missing(key),
            var other => throw new UnreachableException($"deleting {key} gave {other}"),
        };
    }

    /// <summary>Stores a resource that was read, patched and not renamed.</summary>
    internal async Task<string?> UpdatePatchedAsync(Resource patched, Resource stored, CancellationToken cancellation)
    {
        var (checkedOne, refusal) = await CheckAsync(
            patched with { Key = stored.Key, Uid = stored.Uid, Revision = stored.Revision }, stored, cancellation);
        if (checkedOne is null) return refusal;
        return await datastore.UpdateAsync(checkedOne, cancellation) switch
        {
            WriteResult.Written => null,
            WriteResult.NotFound => Missing(stored.Key),
            _ => $"update conflict: {stored.Key}",
        };
    }

    /// <summary>What an operation gives when it left a resource alone because the user said so.</summary>
    internal const string Skipped = "";

    /// <summary>The error for a resource that is not there.</summary>
    internal static string Missing(ResourceKey key) =>
        $"resource does not exist: {key} with error: not found in the datastore";

    private async Task<string?> DisableAsync(ResourceKey key, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await datastore.GetAsync(key, cancellation) is not { } stored) return null;
            var disabled = (IPPool.From(stored) with { Disabled = true }).ToResource();
            switch (await datastore.UpdateAsync(disabled, cancellation))
            {
                case WriteResult.Conflict when attempt == Tries: return $"update conflict: {key}";
                case WriteResult.Conflict: await surroundings.Pause(BetweenTries, cancellation); break;
                default: return null;
            }
        }
    }

    private async Task<(Resource? Checked, string? Refusal)> CheckAsync(Resource resource, Resource? previous,
        CancellationToken cancellation)
    {
        if (resource.Kind == Kinds.ClusterInformation)
            return (null, $"operation {(previous is null ? "create" : "update")} is not supported on "
                + $"{resource.Key}: it is the agent's to write");

        var verdict = Validation.Check(resource, await ScopeAsync(resource, previous, cancellation));
        if (!verdict.IsValid) return (null, verdict.ToString().TrimEnd('\n'));
        foreach (var warning in verdict.Warnings) surroundings.Error.WriteLine($"Warning: {warning}");
        return (Defaults.Apply(resource), null);
    }

    private async Task<ValidationScope> ScopeAsync(Resource resource, Resource? previous,
        CancellationToken cancellation)
    {
        if (resource.Kind == Kinds.BGPPeer)
        {
            var filters = await datastore.ListAsync(Kinds.BGPFilter, cancellation: cancellation);
            return new ValidationScope
            {
                Previous = previous,
                FilterNames = filters.Items.Select(filter => filter.Name).ToHashSet(StringComparer.Ordinal),
            };
        }

        if (resource.Kind != Kinds.IPPool) return new ValidationScope { Previous = previous };
        var pools = await datastore.ListAsync(Kinds.IPPool, cancellation: cancellation);
        var blocks = await datastore.ListAsync(Kinds.IPAMBlock, cancellation: cancellation);
        return new ValidationScope
        {
            Previous = previous,
            Pools = [.. pools.Items.Select(IPPool.From)],
            Blocks = [.. blocks.Items.Select(block => IpamBlock.From(block).Cidr)],
        };
    }

    private async Task<ResourceKey?> IsStoredAsync(Resource given, CancellationToken cancellation) =>
        await datastore.GetAsync(given.Key, cancellation) is null ? null : given.Key;

    private static string Taken(ResourceKey key, bool skipExisting) =>
        skipExisting ? Skipped : $"resource already exists: {key} with error: it is in the datastore";

    // Of the metadata a new resource keeps its name, namespace, labels and annotations; the rest is the datastore's to
    // give.
    private static Resource Fresh(Resource given) => given with { Uid = "", Revision = 0, CreationTimestamp = null };

    // A manifest seldom carries a status, and must not erase the one that the cluster found.
    private static Resource Over(Resource stored, Resource given) => given with
    {
        Uid = stored.Uid,
        Revision = stored.Revision,
        CreationTimestamp = stored.CreationTimestamp,
        Status = given.Status.ValueKind == System.Text.Json.JsonValueKind.Object ? given.Status : stored.Status,
    };

    private static string OutOfDate(Resource given, Resource stored) =>
        $"update conflict: {given.Key}: resource version '{given.Revision}' is out of date (latest: "
        + $"{stored.Revision}). "
        + "Update the resource YAML/JSON in order to make changes";
}
