using System.CommandLine;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary>What <c>-f</c> names: files, directories (of <c>.yaml</c>, <c>.yml</c> and <c>.json</c> files) and <c>-</c>
/// for stdin.</summary>
internal static class ManifestFiles
{
    /// <summary><c>-f</c>, once or more.</summary>
    internal static readonly Option<string[]> Files = new("--filename", "-f")
    {
        Description = "A manifest, a directory of manifests, or '-' for stdin; may be repeated.",
        HelpName = "file",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary><c>-R</c>.</summary>
    internal static readonly Option<bool> Recursive = new("--recursive", "-R")
    {
        Description = "Descends into the directories that -f names.",
    };

    /// <summary><c>--skip-empty</c>.</summary>
    internal static readonly Option<bool> SkipEmpty = new("--skip-empty")
    {
        Description = "A file or directory without resources is no error.",
    };

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads all of them; warnings go to stderr.</summary>
    /// <exception cref="CommandFailedException">Something cannot be read, is malformed or holds nothing.</exception>
    internal static IReadOnlyList<Resource> Read(ParseResult parsed, Surroundings surroundings, string? @namespace)
    {
        var resources = new List<Resource>();
        foreach (var file in parsed.GetValue(Files) ?? [])
        {
            var before = resources.Count;
            var isDirectory = file != "-" && Directory.Exists(file);
            foreach (var path in isDirectory ? FilesIn(file, parsed.GetValue(Recursive)) : [file])
                resources.AddRange(ReadOne(path, surroundings));
            if (resources.Count == before && !parsed.GetValue(SkipEmpty))
                throw new CommandFailedException(
                    $"no resources specified in {(isDirectory ? "directory" : "file")} {file}");
        }

        return [.. resources.Select(resource => InNamespace(resource, @namespace))];
    }

    private static IEnumerable<string> FilesIn(string directory, bool recursive) => Directory
        .EnumerateFiles(directory, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
        .Where(path => Extensions.Contains(Path.GetExtension(path), StringComparer.Ordinal))
        .Order(StringComparer.Ordinal);

    private static IReadOnlyList<Resource> ReadOne(string path, Surroundings surroundings)
    {
        string text;
        try
        {
            text = path == "-" ? surroundings.Input.ReadToEnd() : File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"failed to execute command: {error.Message}");
        }

        var content = ManifestReader.Read(text, path == "-" ? "stdin" : path);
        if (!content.Errors.IsEmpty)
            throw new CommandFailedException(
                $"failed to execute command: {string.Join('\n', content.Errors.Select(error => error.ToString()))}");
        foreach (var warning in content.Warnings) surroundings.Error.WriteLine($"Warning: {warning}");
        return content.Resources;
    }

    // The reader gives namespaced resources that name none the namespace "default", which -n may then replace.
    private static Resource InNamespace(Resource resource, string? @namespace)
    {
        if (@namespace is null || resource.Namespace is null || resource.Namespace == @namespace) return resource;
        if (resource.Namespace == "default")
            return resource with { Key = resource.Key with { Namespace = @namespace } };
        throw new CommandFailedException(
            $"resource namespace does not match client namespace. {resource.Namespace} != {@namespace}");
    }
}
