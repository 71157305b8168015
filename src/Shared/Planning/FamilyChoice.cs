using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Planning;

/// <summary>Of which families a pod gets an address, IPv4 first; or why that cannot be said (spec calico-ipam-cni-cli
/// 2.2, 4.4).</summary>
/// <param name="Families">The families; empty where there is an error.</param>
/// <param name="Error">What is wrong with the wish; null where nothing is.</param>
public sealed record FamilyChoice(ImmutableArray<IpFamily> Families, string? Error)
{
    /// <summary>The annotation by which pods and namespaces ask for families: a JSON list of <c>IPv4</c> and
    /// <c>IPv6</c>.</summary>
    public const string Annotation = "cni.projectcalico.org/ipFamilies";

    /// <summary>The pod's annotation decides, else the namespace's, else the CNI configuration.</summary>
    /// <param name="snapshot">Knows the namespace.</param>
    /// <param name="space">The pod's namespace; null for a container outside Kubernetes.</param>
    /// <param name="podAnnotations">The pod's annotations.</param>
    /// <param name="configured">What the CNI configuration says.</param>
    public static FamilyChoice For(
        ClusterSnapshot snapshot, string? space, ImmutableSortedDictionary<string, string> podAnnotations,
        ImmutableArray<IpFamily> configured)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(podAnnotations);
        var text = podAnnotations.GetValueOrDefault(Annotation)
            ?? (space is not null && snapshot.Namespaces.TryGetValue(space, out var found)
                ? found.Metadata.Annotations.GetValueOrDefault(Annotation)
                : null);
        var families = text is null ? configured : Parse(text);
        if (families.IsDefault) return Refuse($"error parsing ipFamilies: '{text}' is not a list of IPv4 and IPv6");
        return families.IsEmpty
            ? Refuse("neither IPv4 nor IPv6 is asked for: set assign_ipv4 or assign_ipv6 of the CNI configuration's "
                + $"ipam, or the annotation {Annotation}")
            : new FamilyChoice([.. families.Distinct().Order()], null);
    }

    /// <summary>The families of a JSON list; default for anything else.</summary>
    private static ImmutableArray<IpFamily> Parse(string text)
    {
        try
        {
            var families = ImmutableArray.CreateBuilder<IpFamily>();
            foreach (var name in JsonSerializer.Deserialize(text, TextListJson.Default.StringArray) ?? [])
            {
                if (name is not ("IPv4" or "IPv6")) return default;
                families.Add(name == "IPv4" ? IpFamily.V4 : IpFamily.V6);
            }

            return families.ToImmutable();
        }
        catch (JsonException)
        {
            // A user's text: the caller names it.
            return default;
        }
    }

    private static FamilyChoice Refuse(string error) => new([], error);
}

/// <summary>A list of texts as JSON.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class TextListJson : JsonSerializerContext;
