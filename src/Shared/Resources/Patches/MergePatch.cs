using System.Text.Json.Nodes;

namespace Agent.Resources;

/// <summary>JSON Merge Patch (RFC 7386): maps merge, null deletes, everything else is replaced, lists too.</summary>
/// <remarks>A strategic merge patch of a kind without merge keys, as all of Calico's are, means the same.</remarks>
public static class MergePatch
{
    /// <summary>The target with the patch applied; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target is JsonObject ? (JsonObject)target.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) result.Remove(name);
            else result[name] = Apply(result[name], value);
        }

        return result;
    }
}
