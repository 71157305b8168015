using System.CommandLine;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary><c>apply</c>, <c>create</c>, <c>replace</c>, <c>delete</c> and <c>validate</c>.</summary>
internal static class WriteCommands
{
    /// <summary><c>-n</c>.</summary>
    internal static readonly Option<string?> Namespace = new("--namespace", "-n")
    {
        Description = "The namespace; 'default' when there is none here or in the manifest.",
        HelpName = "namespace",
    };

    private static readonly Option<bool> SkipExists = new("--skip-exists")
    {
        Description = "Leaves resources alone that exist already.",
    };

    private static readonly Option<bool> SkipNotExists = new("--skip-not-exists", "-s")
    {
        Description = "What is not there is no error.",
    };

    private static readonly Argument<string?> Kind = KindWord.WithoutFlags(new Argument<string?>("kind")
    {
        Description = "The kind, such as ippool; not with -f.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static readonly Argument<string[]> Names = KindWord.WithoutFlags(new Argument<string[]>("name")
    {
        Description = "The names.",
        Arity = ArgumentArity.ZeroOrMore,
    });

    private delegate Task<string?> Operation(ResourceStore store, Resource resource, ParseResult parsed,
        CancellationToken cancellation);

    /// <summary>The five commands.</summary>
    internal static IEnumerable<Command> Build(Surroundings surroundings) =>
    [
        OfFile(
            "apply",
            """
            Creates resources, or replaces them where they exist.

            Examples:
              agentctl apply -f pools.yaml
              cat peer.yaml | agentctl apply -f -
            """,
            new Verb("apply", "applied"), surroundings,
            (store, resource, _, cancellation) => store.ApplyAsync(resource, cancellation)),
        OfFile(
            "create",
            """
            Creates resources; those that exist are an error, or left alone with --skip-exists.

            Examples:
              agentctl create -f pools.yaml
            """,
            new Verb("create", "created"), surroundings,
            (store, resource, parsed, cancellation) =>
                store.CreateAsync(resource, parsed.GetValue(SkipExists), cancellation), SkipExists),
        OfFile(
            "replace",
            """
            Replaces resources that exist.

            A manifest with metadata.resourceVersion replaces just that version; without it, whatever is there.

            Examples:
              agentctl get ippool blue -o yaml > blue.yaml; vi blue.yaml; agentctl replace -f blue.yaml
            """,
            new Verb("replace", "replaced"), surroundings,
            (store, resource, _, cancellation) => store.ReplaceAsync(resource, cancellation)),
        Delete(surroundings),
        Validate(surroundings),
    ];

    private static Command OfFile(
        string name, string description, Verb verb, Surroundings surroundings, Operation operation,
        params Option[] more)
    {
        var command = new Command(name, description) { ManifestFiles.Files, ManifestFiles.Recursive,
            ManifestFiles.SkipEmpty, Namespace };
        foreach (var option in more) command.Options.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            var resources = FromFiles(parsed, surroundings);
            return await WriteAsync(verb, resources, operation, parsed, surroundings, cancellation);
        });
        return command;
    }

    private static Command Delete(Surroundings surroundings)
    {
        var command = new Command(
            "delete",
            """
            Deletes resources, by kind and names or as a manifest names them.

            An IPPool is disabled first. Addresses that are in use stay with their pods, and their blocks with their nodes, until the
            last one is released; nothing new is given out of the pool.

            Examples:
              agentctl delete ippool blue
              agentctl delete -f pools.yaml --skip-not-exists
            """)
        { Kind, Names, ManifestFiles.Files, ManifestFiles.Recursive, ManifestFiles.SkipEmpty, Namespace,
            SkipNotExists };
        command.SetAction(async (parsed, cancellation) =>
        {
            var resources = parsed.GetValue(Kind) is null ? FromFiles(parsed, surroundings) : Named(parsed);
            return await WriteAsync(
                new Verb("delete", "deleted"), resources,
                (store, resource, _, token) => store.DeleteAsync(resource.Key, parsed.GetValue(SkipNotExists), token),
                parsed, surroundings, cancellation);
        });
        return command;
    }

    private static Command Validate(Surroundings surroundings)
    {
        var command = new Command(
            "validate",
            """
            Checks manifests without a datastore.

            Examples:
              agentctl validate -f pools.yaml
            """)
        { ManifestFiles.Files, ManifestFiles.Recursive, ManifestFiles.SkipEmpty, Namespace };
        command.SetAction(parsed =>
        {
            var resources = FromFiles(parsed, surroundings);
            var report = new WriteReport(new Verb("validate", "validated"), resources);
            foreach (var resource in resources)
            {
                var verdict = Validation.Check(resource);
                foreach (var warning in verdict.Warnings) surroundings.Error.WriteLine($"Warning: {warning}");
                report.Add(verdict.IsValid ? null : verdict.ToString().TrimEnd('\n'));
            }

            return report.Write(surroundings);
        });
        return command;
    }

    private static async Task<int> WriteAsync(
        Verb verb, IReadOnlyList<Resource> resources, Operation operation, ParseResult parsed,
        Surroundings surroundings,
        CancellationToken cancellation)
    {
        var report = new WriteReport(verb, resources);
        if (resources.Count == 0) return report.Write(surroundings);

        await using var datastore = await surroundings.OpenDatastore(Settings.Read(parsed, surroundings).DatastorePath);
        var store = new ResourceStore(datastore, surroundings);
        foreach (var resource in resources) report.Add(await operation(store, resource, parsed, cancellation));
        return report.Write(surroundings);
    }

    private static IReadOnlyList<Resource> FromFiles(ParseResult parsed, Surroundings surroundings)
    {
        if (parsed.GetValue(ManifestFiles.Files) is not { Length: > 0 })
            throw new CommandFailedException(
                $"name a manifest with -f; see 'agentctl {parsed.CommandResult.Command.Name} --help'");
        return ManifestFiles.Read(parsed, surroundings, parsed.GetValue(Namespace));
    }

    private static IReadOnlyList<Resource> Named(ParseResult parsed)
    {
        if (parsed.GetValue(ManifestFiles.Files) is { Length: > 0 })
            throw new CommandFailedException("give either a kind and names or -f, not both");
        var definition = KindWord.Parse(parsed.GetValue(Kind)!);
        if (parsed.GetValue(Names) is not { Length: > 0 } names)
            throw new CommandFailedException("resource name may not be empty");
        return [.. names.Select(name =>
            new Resource { Key = KindWord.Key(definition, name, parsed.GetValue(Namespace)) })];
    }
}
