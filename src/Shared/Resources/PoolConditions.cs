using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>
/// The condition that says of an IPPool with <c>ipipMode</c> or <c>vxlanMode</c> that its overlay is not programmed
/// yet; pools without an overlay do not have it. Other conditions are left as they are.
/// </summary>
internal static class PoolConditions
{
    private const string Type = "OverlayProgrammed";

    /// <summary>The pool's status with the condition as its modes want it.</summary>
    public static JsonElement Of(IPPool pool)
    {
        var status = pool.Status.ValueKind == JsonValueKind.Object ? JsonObject.Create(pool.Status)! : [];
        var stored = status["conditions"] as JsonArray ?? [];
        var conditions = new JsonArray([.. stored.Where(each => !IsOurs(each)).Select(each => each?.DeepClone())]);
        if (pool.IsEncapsulated)
        {
            conditions.Add((JsonNode)new JsonObject
            {
                ["type"] = Type,
                ["status"] = "False",
                ["reason"] = "NotSupported",
                ["message"] = "overlay not programmed yet",
            });
        }

        if (conditions.Count > 0) status["conditions"] = conditions;
        else status.Remove("conditions");
        return status.Count == 0 ? default : JsonSerializer.SerializeToElement(
            status, ResourceJson.Default.JsonObject);
    }

    // Whatever a user put among the conditions: only what is clearly this one is taken out.
    private static bool IsOurs(JsonNode? condition) =>
        condition is JsonObject members && members["type"] is JsonValue type && type.TryGetValue<string>(out var text)
        && text == Type;
}
