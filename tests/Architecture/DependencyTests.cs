using System.Xml.Linq;

namespace Agent.Architecture.Tests;

/// <summary>Which project may reference which: the brackets of ARCHITECTURE.md, "Projects".</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Agent.Primitives"] = [],
        ["Agent.Bgp"] = ["Agent.Primitives"],
        ["Agent.Ipam"] = ["Agent.Primitives"],
        ["Agent.Resources"] = ["Agent.Primitives"],
        ["Agent.Planning"] = ["Agent.Bgp", "Agent.Ipam", "Agent.Resources"],
        ["Agent.Netlink"] = ["Agent.Primitives"],
        ["Agent.Datastore"] = ["Agent.Resources"],
        ["Agent.Datastore.Sqlite"] = ["Agent.Datastore"],
        ["Agent.Datastore.PostgreSql"] = ["Agent.Datastore", "Agent.PostgreSql"],
        ["Agent.PostgreSql"] = [],
        ["Agent.Runtime"] = [],
        ["Agent.Runtime.Sql"] = ["Agent.Runtime", "Agent.PostgreSql"],
        ["Agent.Runtime.TestKit"] = ["Agent.Runtime"],
        ["Agent.Ipc"] = [],
        ["Agent.Actors"] =
        [
            "Agent.Runtime", "Agent.Datastore", "Agent.Bgp", "Agent.Ipam", "Agent.Resources", "Agent.Planning", "Agent.Netlink",
        ],
        ["Agent.Host"] = ["*"],
        ["Agent.Cni"] = ["Agent.Ipc"],
        ["Agent.Ctl"] =
        [
            "Agent.Ipc", "Agent.Datastore", "Agent.Datastore.Sqlite", "Agent.Datastore.PostgreSql", "Agent.PostgreSql", "Agent.Resources", "Agent.Planning",
            "Agent.Runtime.Sql",
        ],
    };

    /// <summary>Libraries that bring a database, HTTP or a shell along: only these projects may name them.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Microsoft.Data.Sqlite.Core"] = ["Agent.Datastore.Sqlite", "Agent.Runtime.Sql"],
        ["Npgsql"] = ["Agent.PostgreSql", "Agent.Datastore.PostgreSql", "Agent.Runtime.Sql"],
        ["YamlDotNet"] = ["Agent.Resources", "Agent.Host", "Agent.Ctl"],
        ["System.CommandLine"] = ["Agent.Ctl", "Agent.Host"],
    };

    public static TheoryData<string> Projects() =>
        new(Repository.Files("src", "*.csproj").Select(path => Path.GetFileNameWithoutExtension(path)!));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_architecture_allows(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} has no line in the architecture: add it there and here");
        if (allowed is ["*"]) return;

        var references = References(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!);

        Assert.Empty(references.Except(allowed));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_that_reaches_outside_is_named_only_where_it_belongs(string project)
    {
        var misplaced = References(project, "PackageReference")
            .Where(package => Packages.TryGetValue(package, out var owners) && !owners.Contains(project));

        Assert.Empty(misplaced);
    }

    [Theory]
    [InlineData("Agent.Primitives")]
    [InlineData("Agent.Bgp")]
    [InlineData("Agent.Ipam")]
    [InlineData("Agent.Resources")]
    [InlineData("Agent.Planning")]
    [InlineData("Agent.Actors")]
    public void A_deterministic_project_has_the_banned_symbols_analyzer(string project)
    {
        var document = XDocument.Load(Repository.Project(project));

        Assert.Contains(document.Descendants("BansNondeterminism"), element => element.Value == "true");
    }

    [Fact]
    public void Only_one_props_file_and_the_swap_files_name_the_namespaces_of_the_actor_runtime()
    {
        var offenders = Repository.Files(".", "*.cs")
            .Where(path => !path.Contains("/src/Shared/Runtime", StringComparison.Ordinal)
                && !path.Contains("/tests/Semantics/", StringComparison.Ordinal)
                && !path.Contains("/tests/Architecture/", StringComparison.Ordinal)
                && !path.Contains("/src/Agent.Host/", StringComparison.Ordinal)
                && !path.Contains("/src/Agent.Ctl/", StringComparison.Ordinal)
                && !path.Contains("/tests/Unit/Agent.Host.Tests/", StringComparison.Ordinal))
            .Where(path => File.ReadLines(path).Any(line =>
                line.StartsWith("using ", StringComparison.Ordinal)
                && (line.Contains(" Akka", StringComparison.Ordinal)
                    || (line.Contains(" Agent.Runtime", StringComparison.Ordinal)
                        && !line.Contains("Agent.Runtime.Hosting", StringComparison.Ordinal)
                        && !line.Contains("Agent.Runtime.Sql", StringComparison.Ordinal)))));

        Assert.Empty(offenders);
    }

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Repository.Project(project)).Descendants(kind).Select(element => element.Attribute("Include")!.Value);
}
