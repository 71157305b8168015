using System.Text.Json;
using Agent.Resources;

namespace Agent.Datastore;

/// <summary>What becomes of a write, decided from what is stored: the one place
/// where compare-and-swap is spelled out.</summary>
/// <remarks>
/// Pure, and shared by every backend that decides for itself (in memory, SQLite, PostgreSQL). A backend
/// reads the current resource, asks here, and stores the result if it is
/// <see cref="WriteResult.Written"/>; the read and the store are one transaction.
/// </remarks>
public static class WriteRules
{
    /// <summary>Refuses a resource that no backend could store and give back unchanged.</summary>
    /// <exception cref="ArgumentException">A part of the key is empty, spec is no JSON object, or
    /// status is neither absent nor one.</exception>
    public static void Check(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var key = resource.Key;
        if (string.IsNullOrEmpty(key.Kind.ApiVersion) || string.IsNullOrEmpty(key.Kind.Kind))
            throw new ArgumentException($"a resource needs apiVersion and kind, not '{key.Kind}'", nameof(resource));
        if (string.IsNullOrEmpty(key.Name))
            throw new ArgumentException($"a {key.Kind.Kind} needs a name", nameof(resource));
        if (key.Namespace is "")
            throw new ArgumentException($"the namespace of {key} is empty; leave it out instead", nameof(resource));
        if (resource.Spec.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"the spec of {key} is {resource.Spec.ValueKind}, not a JSON object",
                nameof(resource));
        if (resource.Status.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
            throw new ArgumentException($"the status of {key} is {resource.Status.ValueKind}, not a JSON object",
                nameof(resource));
    }

    /// <summary>Creation: the key must be free.</summary>
    /// <param name="current">What is stored under the key; null when nothing is.</param>
    /// <param name="wanted">What is to be created; its uid, revision and creation time are ignored.</param>
    /// <param name="revision">The revision that this write gets if it is made.</param>
    /// <param name="uid">The uid of the new incarnation.</param>
    /// <param name="now">The creation time.</param>
    public static WriteResult Create(Resource? current, Resource wanted, long revision, string uid, DateTimeOffset now)
    {
        Check(wanted);
        if (current is not null) return new WriteResult.Exists(current);
        return new WriteResult.Written(Kept(wanted) with { Uid = uid, Revision = revision, CreationTimestamp = now });
    }

    /// <summary>Replacement: the revision must be the stored one, and the uid too where the caller gives one.</summary>
    public static WriteResult Update(Resource? current, Resource wanted, long revision)
    {
        Check(wanted);
        if (current is null) return new WriteResult.NotFound(wanted.Key);
        if (current.Revision != wanted.Revision || (wanted.Uid.Length > 0 && wanted.Uid != current.Uid))
            return new WriteResult.Conflict(current);
        return new WriteResult.Written(
            Kept(wanted) with
            {
                Uid = current.Uid,
                Revision = revision,
                CreationTimestamp = current.CreationTimestamp
            });
    }

    /// <summary>Deletion: the revision must be the stored one, if one is expected. The
    /// result bears the deletion's own revision.</summary>
    public static WriteResult Delete(Resource? current, ResourceKey key, long? expectedRevision, long revision)
    {
        if (current is null) return new WriteResult.NotFound(key);
        if (expectedRevision is { } expected && current.Revision != expected) return new WriteResult.Conflict(current);
        return new WriteResult.Written(current with { Revision = revision });
    }

    // A caller may dispose the JSON document that it parsed; what is stored must not depend on that.
    private static Resource Kept(Resource resource) => resource with
    {
        Spec = resource.Spec.Clone(),
        Status = resource.Status.ValueKind == JsonValueKind.Undefined ? default : resource.Status.Clone(),
    };
}
