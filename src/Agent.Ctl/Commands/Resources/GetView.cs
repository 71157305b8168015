using Agent.Ctl.Output;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary>Resources of one kind that are shown together.</summary>
/// <param name="Definition">The kind.</param>
/// <param name="Items">The resources.</param>
/// <param name="Revision">The revision of the list; null when the resources were asked for by name.</param>
/// <param name="Namespace">The namespace that was listed; null for all.</param>
internal sealed record Listing(KindDefinition Definition, IReadOnlyList<Resource> Items, long? Revision, string? Namespace);

/// <summary>What <c>-o</c> asks for.</summary>
/// <param name="Name">ps, wide, yaml, json, name or custom-columns.</param>
/// <param name="Heads">The headings of custom-columns.</param>
internal sealed record GetFormat(string Name, IReadOnlyList<string> Heads)
{
    private const string CustomColumns = "custom-columns";

    /// <summary>Reads the flag.</summary>
    /// <exception cref="CommandFailedException">The format is unknown, or none of this tool's.</exception>
    internal static GetFormat Parse(string text)
    {
        var name = text.Split('=')[0];
        return name switch
        {
            "ps" or "wide" or "json" or "name" when name == text => new GetFormat(name, []),
            "yaml" or "yml" when name == text => new GetFormat("yaml", []),
            CustomColumns when text.Length > CustomColumns.Length + 1 =>
                new GetFormat(name, text[(CustomColumns.Length + 1)..].Split(',', StringSplitOptions.TrimEntries)),
            "go-template" or "go-template-file" or "jsonpath" =>
                throw new CommandFailedException($"output format '{name}' is not supported; use -o json or -o custom-columns=NAME,..."),
            _ => throw new CommandFailedException($"unrecognized output format '{text}'"),
        };
    }
}

/// <summary>Prints what <c>get</c> found.</summary>
/// <param name="surroundings">Where to print.</param>
/// <param name="format">How.</param>
/// <param name="noHeaders">True to leave out the heading lines.</param>
/// <param name="withNamespace">True for a column with the namespace.</param>
/// <param name="clusterAs">The AS of nodes that have none of their own.</param>
internal sealed class GetView(Surroundings surroundings, GetFormat format, bool noHeaders, bool withNamespace, uint clusterAs)
{
    /// <summary>Prints the listings in order.</summary>
    internal void Write(IReadOnlyList<Listing> listings)
    {
        switch (format.Name)
        {
            case "yaml": WriteManifest(listings, ManifestFormat.Yaml); break;
            case "json": WriteManifest(listings, ManifestFormat.Json); break;
            case "name":
                foreach (var resource in listings.SelectMany(listing => listing.Items))
                    surroundings.Output.WriteLine($"{resource.Kind.Kind.ToLowerInvariant()}/{resource.Name}");
                break;
            default:
                foreach (var listing in listings) WriteTable(listing);
                break;
        }
    }

    private void WriteManifest(IReadOnlyList<Listing> listings, ManifestFormat manifest)
    {
        Resource[] items = [.. listings.SelectMany(listing => listing.Items).Select(Shown)];
        if (listings is [{ Revision: { } revision } only])
            surroundings.Output.Write(ManifestWriter.WriteList(only.Definition.Kind, items, revision, manifest));
        else if (items is [var one])
            surroundings.Output.Write(ManifestWriter.Write(one, manifest));
        else if (items.Length > 0)
            surroundings.Output.Write(ManifestWriter.Write(items, manifest));
    }

    private static Resource Shown(Resource item) => item.Kind == Kinds.Secret ? KubeSecret.Redact(item) : item;

    private void WriteTable(Listing listing)
    {
        var asKubectl = KubernetesTables.Shows(listing.Definition.Kind);
        if (asKubectl && listing.Items.Count == 0)
        {
            surroundings.Error.WriteLine(listing.Namespace is { } empty ? $"No resources found in {empty} namespace." : "No resources found");
            return;
        }

        var columns = Columns(listing.Definition);
        IEnumerable<string[]> heads = noHeaders ? [] : [[.. columns.Select(column => column.Head)]];
        IReadOnlyList<string>[] lines = [.. heads, .. listing.Items.Select(item => (string[])[.. columns.Select(column => column.Cell(item))])];
        if (asKubectl) PaddedTable.WriteKubernetes(surroundings.Output, lines);
        else PaddedTable.WriteCalico(surroundings.Output, lines);
    }

    private IReadOnlyList<Column> Columns(KindDefinition definition)
    {
        var wide = format.Name is "wide" or "custom-columns";
        var asKubectl = KubernetesTables.Shows(definition.Kind);
        var all = asKubectl ? KubernetesTables.Of(definition.Kind, wide, surroundings.Clock) : CalicoTables.Of(definition.Kind, wide, clusterAs);
        var columns = format.Heads.Count == 0 ? all : [.. format.Heads.Select(head => Find(all, head))];

        return definition.IsNamespaced && withNamespace ? [new Column("NAMESPACE", item => item.Namespace ?? ""), .. columns] : columns;
    }

    private static Column Find(IReadOnlyList<Column> columns, string head) =>
        columns.FirstOrDefault(column => column.Head == head)
        ?? throw new CommandFailedException(
            $"unknown heading {head}, valid values are: {string.Join(", ", columns.Select(column => column.Head))}");
}
