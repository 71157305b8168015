using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Agent.Resources;

/// <summary>What names a resource: kind, namespace (for kinds that have one) and name. Ordered by these,
/// ordinally.</summary>
/// <param name="Kind">The kind with its group, as <see cref="ResourceKind"/> gives it.</param>
/// <param name="Name">The name, a DNS-1123 subdomain.</param>
/// <param name="Namespace">The namespace; null for kinds without one.</param>
public readonly record struct ResourceKey(ResourceKind Kind, string Name, string? Namespace = null)
    : IComparable<ResourceKey>
{
    /// <inheritdoc/>
    public int CompareTo(ResourceKey other)
    {
        var order = Kind.CompareTo(other.Kind);
        if (order == 0) order = string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary>Order by kind, namespace, name.</summary>
    public static bool operator <(ResourceKey left, ResourceKey right) => left.CompareTo(right) < 0;

    /// <summary>Order by kind, namespace, name.</summary>
    public static bool operator >(ResourceKey left, ResourceKey right) => left.CompareTo(right) > 0;

    /// <summary>Order by kind, namespace, name.</summary>
    public static bool operator <=(ResourceKey left, ResourceKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order by kind, namespace, name.</summary>
    public static bool operator >=(ResourceKey left, ResourceKey right) => left.CompareTo(right) >= 0;

    /// <summary>As Calico writes it: <c>IPPool(default-ipv4-ippool)</c>, or <c>Pod(web/nginx)</c>.</summary>
    public override string ToString() =>
        Namespace is null ? $"{Kind.Kind}({Name})" : $"{Kind.Kind}({Namespace}/{Name})";
}

/// <summary>The type of a resource: API version (<c>projectcalico.org/v3</c>, <c>v1</c>) and kind
/// (<c>IPPool</c>).</summary>
public readonly record struct ResourceKind(string ApiVersion, string Kind) : IComparable<ResourceKind>
{
    /// <inheritdoc/>
    public int CompareTo(ResourceKind other)
    {
        var order = string.CompareOrdinal(ApiVersion, other.ApiVersion);
        return order != 0 ? order : string.CompareOrdinal(Kind, other.Kind);
    }

    /// <summary>Order by API version, then kind.</summary>
    public static bool operator <(ResourceKind left, ResourceKind right) => left.CompareTo(right) < 0;

    /// <summary>Order by API version, then kind.</summary>
    public static bool operator >(ResourceKind left, ResourceKind right) => left.CompareTo(right) > 0;

    /// <summary>Order by API version, then kind.</summary>
    public static bool operator <=(ResourceKind left, ResourceKind right) => left.CompareTo(right) <= 0;

    /// <summary>Order by API version, then kind.</summary>
    public static bool operator >=(ResourceKind left, ResourceKind right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{ApiVersion}/{Kind}";
}

/// <summary>One object of the cluster's truth, with the revision at which it was read.</summary>
/// <remarks>
/// The typed kinds (<c>IPPool</c>, <c>BgpPeer</c>, ...) are read from and written to this envelope; the datastore knows
/// nothing else. A kind without a <c>spec</c> member (EndpointSlice, Namespace's siblings) keeps its remaining
/// top-level members in <see cref="Spec"/>. A resource is a value: it is never changed, only replaced.
/// </remarks>
[DebuggerDisplay("{Key} @{Revision}")]
public sealed record Resource
{
    /// <summary>What names the resource.</summary>
    public required ResourceKey Key { get; init; }

    /// <summary>Labels, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = EmptyMap;

    /// <summary>Annotations, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = EmptyMap;

    /// <summary>What is wished: a JSON object.</summary>
    public JsonElement Spec { get; init; } = EmptyObject;

    /// <summary>What was found: a JSON object, or undefined when the resource has none.</summary>
    public JsonElement Status { get; init; }

    /// <summary>Names this incarnation of the resource; given by the datastore at creation, empty before.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Rises with each change in the whole datastore; given by the datastore, 0 before creation.</summary>
    public long Revision { get; init; }

    /// <summary>When the resource was created; given by the datastore.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>The kind.</summary>
    public ResourceKind Kind => Key.Kind;

    /// <summary>The name.</summary>
    public string Name => Key.Name;

    /// <summary>The namespace, null for kinds without one.</summary>
    public string? Namespace => Key.Namespace;

    // A log, an error or a dead letter may print any resource; what a Secret holds is not among what they show.
    private bool PrintMembers(StringBuilder text)
    {
        var shown = Kind == Kinds.Secret ? KubeSecret.Redact(this).Spec : Spec;
        text.Append(CultureInfo.InvariantCulture, $"Key = {Key}, Revision = {Revision}, Uid = {Uid}, Spec = {shown}");
        if (Status.ValueKind != JsonValueKind.Undefined)
            text.Append(CultureInfo.InvariantCulture, $", Status = {Status}");
        return true;
    }

    /// <summary>A map without entries, in ordinal order.</summary>
    public static ImmutableSortedDictionary<string, string> EmptyMap { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The JSON object <c>{}</c>.</summary>
    public static JsonElement EmptyObject { get; } = JsonDocument.Parse("{}").RootElement.Clone();
}
