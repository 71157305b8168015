using System.Text.RegularExpressions;

namespace Agent.Architecture.Tests;

/// <summary><c>docs/rfc.md</c> names a test for what it claims: each is there, and no recorded steps are left out.</summary>
public sealed partial class RfcTests
{
    private const string ConformanceFolder = "tests/Conformance";
    private const string UsualFolder = "tests/Unit/Agent.Bgp.Tests";

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "rfc.md"));

    /// <summary>A test as the last column names it: <c>`Folder/Class`: Method, Method</c>, or <c>`Bgp/folder`</c> of steps.</summary>
    private sealed record Reference(int Line, string Place, IReadOnlyList<string> Methods)
    {
        public override string ToString() => $"docs/rfc.md:{Line}: `{Place}`";
    }

    [Fact]
    public void Every_row_names_its_tests_in_the_form_that_can_be_checked()
    {
        var unread = Rows().Where(row => row.Cell != "-" && !WholeCell().IsMatch(row.Cell))
            .Select(row => $"docs/rfc.md:{row.Line}: {row.Cell}");

        Assert.Equal("", string.Join('\n', unread));
        Assert.True(References().Count() > 100);
    }

    [Fact]
    public void Every_test_that_is_named_exists() =>
        Assert.Equal("", string.Join('\n', References().SelectMany(Missing)));

    [Fact]
    public void All_recorded_steps_are_named()
    {
        var named = References().Select(reference => reference.Place).ToHashSet(StringComparer.Ordinal);
        var steps = Directory.EnumerateDirectories(Path.Combine(Repository.Root, ConformanceFolder, "Bgp"))
            .Select(folder => $"Bgp/{Path.GetFileName(folder)}").Order(StringComparer.Ordinal).ToArray();

        Assert.NotEmpty(steps);
        Assert.Equal("", string.Join('\n', steps.Except(named)));
    }

    private static IEnumerable<string> Missing(Reference reference)
    {
        if (reference.Place.StartsWith("Bgp/rfc", StringComparison.Ordinal))
        {
            var folder = Path.Combine(Repository.Root, ConformanceFolder, reference.Place);
            if (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "*.steps").Any()) yield return $"{reference} has no steps";
            yield break;
        }

        var file = FileOf(reference.Place);
        if (!File.Exists(file))
        {
            yield return $"{reference} is not at {Path.GetRelativePath(Repository.Root, file)}";
            yield break;
        }

        var text = File.ReadAllText(file);
        if (!Has(text, $@"class {Path.GetFileName(reference.Place)}\b")) yield return $"{reference} is no class";
        foreach (var method in reference.Methods)
            if (!Has(text, $@"public (async )?\w+ {method}\(")) yield return $"{reference} has no test {method}";
    }

    private static bool Has(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant);

    /// <summary>The file of a class: in the project that is named, else in that of BGP or of conformance.</summary>
    private static string FileOf(string place)
    {
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (first, rest) = (place[..slash], place[(slash + 1)..]);
        var folder = first switch
        {
            "Scenarios" or "Robustness" or "Fuzz" or "Recordings" => Path.Combine(ConformanceFolder, first),
            _ when first.StartsWith("Agent.", StringComparison.Ordinal) =>
                Path.GetDirectoryName(Repository.Files("tests", first + ".csproj").Single())!,
            _ => Path.Combine(UsualFolder, first),
        };
        return Path.Combine(Repository.Root, folder, rest + ".cs");
    }

    private static IEnumerable<Reference> References() =>
        from row in Rows()
        from Match match in OneReference().Matches(row.Cell)
        select new Reference(row.Line, match.Groups["place"].Value, [.. match.Groups["method"].Captures.Select(method => method.Value)]);

    /// <summary>The last cell of each row below the heads of the tables.</summary>
    private static IEnumerable<(int Line, string Cell)> Rows() =>
        from each in Lines.Select((line, index) => (line, number: index + 1))
        where each.line.StartsWith('|') && !each.line.StartsWith("|---", StringComparison.Ordinal)
            && !each.line.StartsWith("| RFC |", StringComparison.Ordinal)
        select (each.number, each.line.TrimEnd('|', ' ').Split('|')[^1].Trim());

    [GeneratedRegex(@"`(?<place>[\w.]+/[\w./-]+)`(: (?<method>\w+)(, (?<method>\w+))*)?")]
    private static partial Regex OneReference();

    [GeneratedRegex(@"^`[\w.]+/[\w./-]+`(: \w+(, \w+)*)?(; `[\w.]+/[\w./-]+`(: \w+(, \w+)*)?)*$")]
    private static partial Regex WholeCell();
}
