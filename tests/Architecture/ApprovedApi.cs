namespace Agent.Architecture.Tests;

/// <summary>An approved list of public signatures, as it stands in a text file: a namespace at the margin, a type two spaces in,
/// its members four.</summary>
internal sealed class ApprovedApi
{
    private readonly Dictionary<string, ApprovedType> _types = new(StringComparer.Ordinal);

    public static ApprovedApi Read(params string[] paths)
    {
        var api = new ApprovedApi();
        foreach (var path in paths)
            api.Add(File.ReadAllLines(path));
        return api;
    }

    /// <summary>The type of this full name, or null.</summary>
    public ApprovedType? Find(string fullName) => _types.GetValueOrDefault(fullName);

    /// <summary>A type and what it derives from, as far as that stands in the list.</summary>
    public IEnumerable<ApprovedType> Lineage(ApprovedType type) => type.Bases
        .SelectMany(name => _types.Values.Where(t => t.Name == name))
        .SelectMany(Lineage)
        .Prepend(type);

    private void Add(string[] lines)
    {
        var space = "";
        ApprovedType? type = null;
        foreach (var line in lines.Where(l => l.Length > 0 && !l.StartsWith('#')))
        {
            if (line.StartsWith("    ", StringComparison.Ordinal))
            {
                (type ?? throw new InvalidDataException($"A member without a type: {line}")).Add(line.Trim());
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                type = ApprovedType.Parse(line.Trim());
                _types.Add(space + "." + type.Name, type);
            }
            else
            {
                space = line.Replace("namespace ", "", StringComparison.Ordinal).Trim();
            }
        }
    }
}

/// <summary>A type of the list.</summary>
/// <param name="Name">Without namespace; a nested one with its outer type.</param>
/// <param name="Modifiers">What stands before the name, such as <c>sealed class</c>.</param>
/// <param name="Bases">The base class and the interfaces.</param>
internal sealed record ApprovedType(string Name, string Modifiers, IReadOnlySet<string> Bases)
{
    private static readonly string[] Overridable = ["abstract ", "virtual ", "override "];

    private readonly Dictionary<string, bool> _members = new(StringComparer.Ordinal);

    public static ApprovedType Parse(string line)
    {
        var colon = line.IndexOf(" : ", StringComparison.Ordinal);
        var head = colon < 0 ? line : line[..colon];
        var generics = head.IndexOf('<', StringComparison.Ordinal);
        var name = head.LastIndexOf(' ', generics < 0 ? head.Length - 1 : generics) + 1;
        var bases = colon < 0 ? [] : Split(line[(colon + 3)..]);
        return new ApprovedType(head[name..], head[..name].Trim(), bases.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>A signature without the words that say whether it can be overridden.</summary>
    public static string Plain(string signature) =>
        Overridable.Aggregate(signature, (text, word) => text.Replace(word, "", StringComparison.Ordinal));

    public void Add(string signature)
    {
        var overridable = Overridable.Any(word => signature.Contains(word, StringComparison.Ordinal));
        for (var next = (string?)Plain(signature); next is not null; next = WithoutLastOptional(next))
            _members[next] = overridable || _members.GetValueOrDefault(next);
    }

    /// <summary>Whether the member stands here; one that can be overridden must be so here, too.</summary>
    public bool Has(string signature)
    {
        var plain = Plain(signature);
        return _members.TryGetValue(plain, out var overridable) && (overridable || plain == signature);
    }

    /// <summary>Whether the names of an enum stand here, in this order and without others in between.</summary>
    public bool HasNames(IEnumerable<string> names) => _members.Keys.Single().StartsWith(string.Join(", ", names), StringComparison.Ordinal);

    /// <summary>The signature without its last parameter, if that is optional: a call that leaves it out compiles with either.</summary>
    private static string? WithoutLastOptional(string signature)
    {
        var open = signature.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
            return null;
        var parameters = Split(signature[(open + 1)..^1]).ToList();
        return parameters[^1].Contains(" = ", StringComparison.Ordinal)
            ? $"{signature[..open]}({string.Join(", ", parameters[..^1])})"
            : null;
    }

    /// <summary>Splits at commas that are not inside angle brackets.</summary>
    private static IEnumerable<string> Split(string list)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < list.Length; i++)
        {
            depth += list[i] switch { '<' => 1, '>' => -1, _ => 0 };
            if (list[i] != ',' || depth > 0)
                continue;
            yield return list[start..i].Trim();
            start = i + 1;
        }

        yield return list[start..].Trim();
    }
}
