using System.Collections.Immutable;

namespace Agent.Resources.Tests;

public sealed class SelectorTests
{
    private static readonly ImmutableSortedDictionary<string, string> Labels = Resource.EmptyMap
        .Add("role", "web").Add("zone", "eu-west-1a").Add("node-role.kubernetes.io/master", "").Add("in", "x");

    [Theory]
    [InlineData("", true)]
    [InlineData("all()", true)]
    [InlineData(" all( ) ", true)]
    [InlineData("global()", true)]
    [InlineData("!all()", false)]
    [InlineData("! ! all()", true)]
    [InlineData("has(role)", true)]
    [InlineData("has( role )", true)]
    [InlineData("!has(role)", false)]
    [InlineData("has(node-role.kubernetes.io/master)", true)]
    [InlineData("role == 'web'", true)]
    [InlineData("role==\"web\"", true)]
    [InlineData("role == 'db'", false)]
    [InlineData("missing == ''", false)]
    [InlineData("node-role.kubernetes.io/master == ''", true)]
    [InlineData("role != 'db'", true)]
    [InlineData("role != 'web'", false)]
    [InlineData("missing != 'db'", true)]
    [InlineData("role in {'db', \"web\"}", true)]
    [InlineData("role in {}", false)]
    [InlineData("missing in {'web'}", false)]
    [InlineData("role not in {'db'}", true)]
    [InlineData("missing not  in {'db'}", true)]
    [InlineData("role not in {'web','db'}", false)]
    [InlineData("zone contains 'west'", true)]
    [InlineData("zone starts with 'eu-'", true)]
    [InlineData("zone starts  with 'us-'", false)]
    [InlineData("zone ends with '1a'", true)]
    [InlineData("missing contains ''", false)]
    [InlineData("in in {'x'}", true)]
    [InlineData("role == 'db' || zone ends with 'a' && has(role)", true)]
    [InlineData("(role == 'db' || zone ends with 'a') && !has(role)", false)]
    [InlineData("role == 'db' && zone ends with 'b' || has(role)", true)]
    [InlineData("!(role == 'web' && has(zone))", false)]
    public void A_selector_matches_by_Calicos_rules(string text, bool expected)
    {
        var selector = Selector.Parse(text);

        Assert.Equal(expected, selector.Matches(Labels));
        Assert.Equal(expected, Selector.Parse(selector.Text).Matches(Labels));
        Assert.Equal(selector.Text, Selector.Parse(selector.Text).Text);
    }

    [Theory]
    [InlineData("role", 4, "'==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with'")]
    [InlineData("role = 'web'", 5, "'==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with'")]
    [InlineData("role == web", 8, "a quoted value")]
    [InlineData("role == 'web", 8, "a closing quote")]
    [InlineData("role in 'web'", 8, "'{'")]
    [InlineData("role in {'web'", 14, "',' or '}'")]
    [InlineData("role in {'web',}", 15, "a quoted value")]
    [InlineData("(has(role)", 10, "')'")]
    [InlineData("has(role))", 9, "'&&', '||' or the end")]
    [InlineData("has()", 4, "a label")]
    [InlineData("all(x)", 4, "')'")]
    [InlineData("any()", 0, "all(), global() or has(label)")]
    [InlineData("has(role) &&", 12, "a label, 'all()', 'has(', '!' or '('")]
    public void An_error_names_its_position_and_what_was_expected(string text, int position, string expected)
    {
        Assert.False(Selector.TryParse(text, out _, out var error));
        Assert.Equal(new SelectorError(text, position, expected), error);
    }

    [Fact]
    public void Nesting_without_end_is_an_error_and_not_a_crash() =>
        Assert.False(Selector.TryParse(new string('!', 100_000) + "all()", out _, out _));

    [Fact]
    public void Global_is_found_however_deep_it_stands() =>
        Assert.True(Selector.Parse("has(a) || (has(b) && !global())").UsesGlobal);
}
