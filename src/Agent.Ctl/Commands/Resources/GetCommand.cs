using System.CommandLine;
using Agent.Datastore;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary><c>get</c>: shows resources as tables or manifests.</summary>
internal static class GetCommand
{
    private static readonly Argument<string?> Kind = KindWord.WithoutFlags(new Argument<string?>("kind")
    {
        Description = "The kind, such as ippools; several joined by commas; not with -f.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static readonly Argument<string[]> Names = KindWord.WithoutFlags(new Argument<string[]>("name")
    {
        Description = "The names; all when there is none.",
        Arity = ArgumentArity.ZeroOrMore,
    });

    private static readonly Option<string> Format = new("--output", "-o")
    {
        Description = "ps (default), wide, yaml, json, name, or custom-columns=HEAD,HEAD.",
        HelpName = "format",
        DefaultValueFactory = _ => "ps",
    };

    private static readonly Option<bool> AllNamespaces = new("--all-namespaces", "-A")
    {
        Description = "Resources of every namespace.",
    };

    private static readonly Option<bool> Export = new("--export")
    {
        Description = "Leaves out what belongs to this cluster (uid, resourceVersion, creationTimestamp, namespace); with names alone.",
    };

    private static readonly Option<bool> NoHeaders = new("--no-headers")
    {
        Description = "Tables without their heading line.",
    };

    private static readonly Option<string?> Selector = new("--selector")
    {
        Description = "Only resources with these labels: app=web,tier!=db",
        HelpName = "labels",
    };

    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command(
            "get",
            """
            Shows resources.

            Calico's kinds are shown as calicoctl shows them, Kubernetes' kinds as kubectl does. 'node' means Calico's kind; Kubernetes'
            is called node.v1.

            Examples:
              agentctl get ippools
              agentctl get bgpconfig default -o yaml
              agentctl get pods -A -o wide
              agentctl get svc -n yaobank -l app=customer
            """)
        {
            Kind, Names, ManifestFiles.Files, ManifestFiles.Recursive, ManifestFiles.SkipEmpty,
            Format, WriteCommands.Namespace, AllNamespaces, Export, NoHeaders, Selector,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, surroundings, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        var @namespace = parsed.GetValue(WriteCommands.Namespace);
        var everywhere = parsed.GetValue(AllNamespaces);
        if (@namespace is not null && everywhere)
            throw new CommandFailedException("cannot use both --namespace and --all-namespaces flags at the same time");

        var format = GetFormat.Parse(parsed.GetValue(Format)!);
        var labels = LabelSelector.Parse(parsed.GetValue(Selector) ?? parsed.GetValue(Settings.LogLevel));
        var keys = Wanted(parsed, surroundings, @namespace);
        var kinds = parsed.GetValue(Kind) is { } words && keys.Count == 0 ? words.Split(',').Select(KindWord.Parse).ToArray() : [];
        if (kinds.Length == 0 && keys.Count == 0)
            throw new CommandFailedException("name a kind or a manifest (-f); see 'agentctl get --help'");
        foreach (var definition in kinds) KindWord.RequireNamespaced(definition, @namespace);

        await using var datastore = await surroundings.OpenDatastore(Settings.Read(parsed, surroundings).DatastorePath);
        var listings = new List<Listing>();
        foreach (var definition in kinds)
        {
            var scope = !definition.IsNamespaced || everywhere ? null : @namespace ?? "default";
            var list = await datastore.ListAsync(definition.Kind, scope, cancellation);
            listings.Add(new Listing(definition, [.. list.Items.Where(item => labels.Matches(item.Labels))], list.Revision, scope));
        }

        var (found, missing) = await FindAsync(datastore, keys, cancellation);
        if (parsed.GetValue(Export)) found = [.. found.Select(Exported)];
        listings.AddRange(Group(found));

        var settings = await datastore.GetAsync(new ResourceKey(Kinds.BGPConfiguration, BgpConfiguration.DefaultName), cancellation);
        var clusterAs = (settings is null ? null : BgpConfiguration.From(settings).AsNumber) ?? BgpConfiguration.DefaultAsNumber;
        var view = new GetView(surroundings, format, parsed.GetValue(NoHeaders), everywhere, clusterAs);
        view.Write(listings);
        foreach (var key in missing) surroundings.Error.WriteLine(ResourceStore.Missing(key));
        return missing.Count == 0 ? 0 : 1;
    }

    private static IReadOnlyList<ResourceKey> Wanted(ParseResult parsed, Surroundings surroundings, string? @namespace)
    {
        if (parsed.GetValue(ManifestFiles.Files) is { Length: > 0 })
        {
            if (parsed.GetValue(Kind) is not null)
                throw new CommandFailedException("give either a kind and names or -f, not both");
            return [.. ManifestFiles.Read(parsed, surroundings, @namespace).Select(resource => resource.Key)];
        }

        if (parsed.GetValue(Kind) is not { } kind) return [];
        var slash = kind.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0) return [KindWord.Key(KindWord.Parse(kind[..slash]), kind[(slash + 1)..], @namespace)];
        return [.. (parsed.GetValue(Names) ?? []).Select(name => KindWord.Key(KindWord.Parse(kind), name, @namespace))];
    }

    private static async Task<(IReadOnlyList<Resource> Found, IReadOnlyList<ResourceKey> Missing)> FindAsync(
        IDatastore datastore, IReadOnlyList<ResourceKey> keys, CancellationToken cancellation)
    {
        var found = new List<Resource>();
        var missing = new List<ResourceKey>();
        foreach (var key in keys)
        {
            if (await datastore.GetAsync(key, cancellation) is { } resource) found.Add(resource);
            else missing.Add(key);
        }

        return (found, missing);
    }

    // calicoctl draws one table for each name; kubectl one for each kind.
    private static IEnumerable<Listing> Group(IReadOnlyList<Resource> found) => found
        .GroupBy(resource => (resource.Kind, Name: Output.KubernetesTables.Shows(resource.Kind) ? null : resource.Name))
        .Select(group => new Listing(Kinds.Of(group.Key.Kind), [.. group], Revision: null, Namespace: null));

    private static Resource Exported(Resource resource) => resource with
    {
        Key = resource.Key with { Namespace = null },
        Uid = "",
        Revision = 0,
        CreationTimestamp = null,
    };
}
