using System.Globalization;
using System.Text.Json;
using Agent.Resources;

namespace Agent.Datastore.Contract;

/// <summary>Resources to write, and resources as text to compare: a <see cref="JsonElement"/> has no equality of its own.</summary>
public static class Samples
{
    public static readonly ResourceKind Pool = new("projectcalico.org/v3", "IPPool");
    public static readonly ResourceKind Pod = new("v1", "Pod");

    public static Resource APool(string name, string spec = """{"cidr":"10.48.0.0/16"}""") =>
        new() { Key = new ResourceKey(Pool, name), Spec = JsonElement.Parse(spec) };

    public static Resource APod(string @namespace, string name) => new() { Key = new ResourceKey(Pod, name, @namespace) };

    public static Resource Counting(this Resource resource, int count) =>
        resource with { Spec = JsonElement.Parse(string.Create(CultureInfo.InvariantCulture, $$"""{"count":{{count}}}""")) };

    public static int Count(this Resource resource) => resource.Spec.GetProperty("count").GetInt32();

    public static string Text(this Resource resource) => string.Join('\n',
        resource.Key.ToString(),
        string.Join(' ', resource.Labels.Select(pair => $"{pair.Key}={pair.Value}")),
        string.Join(' ', resource.Annotations.Select(pair => $"{pair.Key}={pair.Value}")),
        JsonSerializer.Serialize(resource.Spec),
        resource.Status.ValueKind == JsonValueKind.Undefined ? "no status" : JsonSerializer.Serialize(resource.Status),
        resource.Uid,
        resource.Revision.ToString(CultureInfo.InvariantCulture),
        resource.CreationTimestamp?.ToString("O", CultureInfo.InvariantCulture));

    public static async Task<Resource> WrittenAsync(this Task<WriteResult> write) =>
        Assert.IsType<WriteResult.Written>(await write).Resource;
}
