using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary><c>patch</c>: changes members of one stored resource.</summary>
internal static class PatchCommand
{
    private static readonly Argument<string> Kind = KindWord.WithoutFlags(new Argument<string>("kind") { Description = "The kind, such as bgpconfig." });

    private static readonly Argument<string> Name = KindWord.WithoutFlags(new Argument<string>("name") { Description = "The name." });

    private static readonly Option<string> Patch = new("--patch", "-p")
    {
        Description = "The patch, in JSON.",
        HelpName = "json",
        Required = true,
    };

    private static readonly Option<string> Type = new("--type", "-t")
    {
        Description = "merge (RFC 7386), json (RFC 6902), or strategic, which means merge for these kinds.",
        HelpName = "type",
        DefaultValueFactory = _ => "strategic",
    };

    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command(
            "patch",
            """
            Changes members of one resource: maps merge, lists are replaced, null deletes.

            Examples:
              agentctl patch bgpconfig default -p '{"spec": {"serviceExternalIPs": [{"cidr": "10.50.0.0/24"}]}}'
              agentctl patch svc customer -n yaobank -p '{"spec":{"externalTrafficPolicy":"Local"}}'
              agentctl patch ippool blue -t json -p '[{"op":"replace","path":"/spec/disabled","value":true}]'
            """)
        { Kind, Name, Patch, Type, WriteCommands.Namespace };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, surroundings, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        var definition = KindWord.Parse(parsed.GetValue(Kind)!);
        var key = KindWord.Key(definition, parsed.GetValue(Name)!, parsed.GetValue(WriteCommands.Namespace));
        var type = parsed.GetValue(Type)!;
        if (type is not ("strategic" or "merge" or "json"))
            throw new CommandFailedException($"unknown patch type '{type}'; valid are: strategic, merge, json");
        var patch = Parse(parsed.GetValue(Patch)!);

        await using var datastore = await surroundings.OpenDatastore(Settings.Read(parsed, surroundings).DatastorePath);
        if (await datastore.GetAsync(key, cancellation) is not { } stored)
            throw new CommandFailedException($"failed to patch '{key.Kind.Kind}' resource: [{ResourceStore.Missing(key)}]");

        var patched = Apply(ManifestWriter.ToJson(stored), patch, type, key.Kind == Kinds.Secret);
        var content = ManifestReader.Read(patched, "patch");
        if (!content.Errors.IsEmpty)
            throw Failed(key, string.Join('\n', content.Errors.Select(error => error.Message)));
        if (content.Resources is not [var resource] || resource.Key != key)
            throw Failed(key, "a patch may not change kind, name or namespace");
        foreach (var warning in content.Warnings) surroundings.Error.WriteLine($"Warning: {warning}");

        var error = await new ResourceStore(datastore, surroundings).UpdatePatchedAsync(resource, stored, cancellation);
        if (error is not null && error.StartsWith("update conflict", StringComparison.Ordinal))
            throw new CommandFailedException($"hit error: updating existing resource: {error}");
        if (error is not null) throw Failed(key, error);
        surroundings.Output.WriteLine($"Successfully patched 1 '{key.Kind.Kind}' resource");
        return 0;
    }

    // The reason why an operation fails may quote what is stored, which of a Secret is not shown.
    private static JsonNode? Apply(JsonObject document, JsonNode? patch, string type, bool isSecret)
    {
        if (type != "json") return MergePatch.Apply(document, patch);
        return JsonPatch.TryApply(document, patch, out var result, out var error)
            ? result
            : throw new CommandFailedException($"the patch cannot be applied: {(isSecret ? "an operation does not fit the Secret" : error)}");
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw new CommandFailedException($"the patch is not valid JSON: {error.Message}");
        }
    }

    private static CommandFailedException Failed(ResourceKey key, string error) =>
        new($"failed to patch '{key.Kind.Kind}' resource: [{error}]");
}
