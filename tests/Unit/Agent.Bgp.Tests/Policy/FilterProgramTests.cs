using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Compiled filters against an interpreter that goes through the rules one by one, on random filters and
/// routes.</summary>
public sealed class FilterProgramTests
{
    private static readonly string[] Globs = ["eth0", "eth*", "*", "cali*", "*.calico", "e*h*", "e*h1"];
    private static readonly string[] Interfaces = ["", "eth0", "eth1", "cali123", "vxlan.calico"];

    private sealed record Route(IpPrefix Prefix, PathAttributes Attributes, uint LocalPref, bool IsLearned, string Interface);

    [Theory]
    [InlineData(1, IpFamily.V4, 3)]
    [InlineData(2, IpFamily.V4, 40)]
    [InlineData(3, IpFamily.V4, 200)]
    [InlineData(4, IpFamily.V6, 40)]
    [InlineData(5, IpFamily.V6, 130)]
    public void Compiled_filters_decide_as_their_rules_one_by_one(int seed, IpFamily family, int rules)
    {
        var random = new Random(seed);
        var networks = Enumerable.Range(0, 30).Select(_ => Network(random, family)).ToArray();
        var decided = 0;
        for (var round = 0; round < 40; round++)
        {
            var filters = new FilterList([.. Enumerable.Range(0, 3).Select(at => new RouteFilter($"f{at}")
            {
                ImportV4 = [.. Enumerable.Range(0, random.Next(rules)).Select(_ => Rule(random, networks))],
                ImportV6 = [.. Enumerable.Range(0, random.Next(rules)).Select(_ => Rule(random, networks))],
            })]);
            var isInternal = random.Next(2) == 0;
            var program = FilterProgram.Compile(filters, family, FilterDirection.Import, isInternal);
            for (var i = 0; i < 200; i++)
            {
                var route = Some(random, networks, family);
                var expected = filters.Filters.SelectMany(filter => filter.Rules(family, FilterDirection.Import)).FirstOrDefault(rule => Matches(rule, route, isInternal));
                var set = AttributeSet.Of(route.Attributes);
                var decision = program?.Decide(
                    route.Prefix, program.MaskOf(new FilterSubject(set, route.LocalPref, route.IsLearned, route.Interface))) ?? FilterProgram.FallsThrough;

                Assert.Same(expected, decision == FilterProgram.FallsThrough ? null : program![decision]);
                if (expected is not null) decided++;
            }
        }

        Assert.InRange(decided, 500, 40 * 200);
    }

    [Fact]
    public void The_rule_that_decides_is_named()
    {
        var program = FilterProgram.Compile(
            new FilterList(
                new RouteFilter("first") { ExportV4 = [new FilterRule(FilterAction.Accept) { Internal = true }] },
                new RouteFilter("second") { ExportV4 = [new FilterRule(FilterAction.Accept) { LocalPref = 5 }, new FilterRule(FilterAction.Reject)] }),
            IpFamily.V4, FilterDirection.Export, isInternal: false)!;

        var rule = program.Decide(IpPrefix.Parse("10.0.0.0/8"), program.MaskOf(new FilterSubject(AttributeSet.Of(new PathAttributes()), 100, false, "")));

        Assert.Equal("BGPFilter(second) rule 2", program.NameOf(rule));
    }

    [Fact]
    public void Rules_of_the_other_kind_of_session_are_left_out()
    {
        var filters = new FilterList(new RouteFilter("a") { ImportV4 = [new FilterRule(FilterAction.Reject) { Internal = true }] });

        Assert.NotNull(filters.Program(IpFamily.V4, FilterDirection.Import, isInternal: true));
        Assert.Null(filters.Program(IpFamily.V4, FilterDirection.Import, isInternal: false));
        Assert.Null(filters.Program(IpFamily.V6, FilterDirection.Import, isInternal: true));
        Assert.Null(filters.Program(IpFamily.V4, FilterDirection.Export, isInternal: true));
    }

    [Fact]
    public void Deciding_allocates_nothing_once_a_mask_is_known()
    {
        var program = FilterProgram.Compile(
            new FilterList(new RouteFilter("a")
            {
                ImportV4 = [new FilterRule(FilterAction.Reject) { Prefix = PrefixPattern.Within(IpPrefix.Parse("10.0.0.0/8")), AsPathPrefix = [1] }],
            }),
            IpFamily.V4, FilterDirection.Import, isInternal: false)!;
        var set = AttributeSet.Of(new PathAttributes { AsPath = AsPath.Of(1, 2), Communities = [3] });
        var prefix = IpPrefix.Parse("10.1.0.0/16");
        program.Decide(prefix, program.MaskOf(new FilterSubject(set, 100, true, "eth0")));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var rejected = 0;
        for (var i = 0; i < 1000; i++)
            if (program.Decide(prefix, program.MaskOf(new FilterSubject(set, 100, true, "eth0"))) == 0) rejected++;

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, rejected);
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("eth*", "eth", true)]
    [InlineData("*.cali", "wg.cali", true)]
    [InlineData("*.cali", "wg.calico", false)]
    [InlineData("a*b*c", "axxbxxc", true)]
    [InlineData("a*b*c", "axxcxxb", false)]
    [InlineData("eth.", "ethx", false)]
    public void A_star_stands_for_any_characters(string glob, string name, bool expected) => Assert.Equal(expected, InterfaceGlob.Matches(glob, name));

    // What spec calico-bgp 1.3 says of a rule, word by word.
    private static bool Matches(FilterRule rule, Route route, bool isInternal)
    {
        if (rule.Prefix is { } pattern)
        {
            var isWithin = pattern.Network.Contains(route.Prefix);
            var fits = isWithin && route.Prefix.Length >= pattern.Shortest && route.Prefix.Length <= pattern.Longest;
            if (fits == pattern.Negated) return false;
        }

        if (rule.LearnedOnly && !route.IsLearned) return false;
        if (rule.Internal is { } wanted && wanted != isInternal) return false;
        if (rule.LocalPref is { } localPref && localPref != route.LocalPref) return false;
        if (rule.Interface is { } glob
            && !System.Text.RegularExpressions.Regex.IsMatch(route.Interface, "^" + glob.Replace(".", "\\.", StringComparison.Ordinal).Replace("*", ".*", StringComparison.Ordinal) + "$")) return false;
        if (rule.Community is { Standard: { } standard } && !route.Attributes.Communities.Contains(standard)) return false;
        if (rule.Community is { Standard: null, Large: var large } && !route.Attributes.LargeCommunities.Contains(large)) return false;
        var hops = route.Attributes.AsPath.Segments.SelectMany(segment =>
            segment.Kind == AsSegmentKind.Set ? [segment.Asns.ToHashSet()] : segment.Asns.Select(asn => new HashSet<uint> { asn })).ToList();
        return rule.AsPathPrefix.Length <= hops.Count && rule.AsPathPrefix.Zip(hops).All(pair => pair.Second.Contains(pair.First));
    }

    private static FilterRule Rule(Random random, IpPrefix[] networks)
    {
        var rule = new FilterRule((FilterAction)random.Next(2));
        if (random.Next(4) > 0)
        {
            var network = networks[random.Next(networks.Length)];
            var bits = network.Address.Bits;
            var pattern = random.Next(3) switch
            {
                0 => PrefixPattern.Exactly(network),
                1 => PrefixPattern.Within(network),
                _ => new PrefixPattern(network, Math.Max(network.Length, random.Next(bits + 1)), random.Next(bits + 1)),
            };
            rule = rule with { Prefix = random.Next(8) == 0 ? pattern.Except() : pattern };
        }

        if (random.Next(3) == 0) rule = rule with { LearnedOnly = true };
        if (random.Next(4) == 0) rule = rule with { Internal = random.Next(2) == 0 };
        if (random.Next(4) == 0) rule = rule with { LocalPref = (uint)random.Next(3) };
        if (random.Next(4) == 0) rule = rule with { Interface = Globs[random.Next(Globs.Length)] };
        if (random.Next(4) == 0) rule = rule with { AsPathPrefix = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (uint)random.Next(1, 3))] };
        if (random.Next(4) == 0)
            rule = rule with { Community = random.Next(2) == 0 ? new FilterCommunity((uint)random.Next(3)) : new FilterCommunity(null, new LargeCommunity(1, 2, (uint)random.Next(3))) };
        return rule;
    }

    private static Route Some(Random random, IpPrefix[] networks, IpFamily family)
    {
        var near = networks[random.Next(networks.Length)];
        var prefix = random.Next(3) switch
        {
            0 => near,
            1 => new IpPrefix(near.Address, random.Next(near.Length, near.Address.Bits + 1)),
            _ => Network(random, family),
        };
        var segments = Enumerable.Range(0, random.Next(3)).Select(_ => new AsSegment(
            random.Next(4) == 0 ? AsSegmentKind.Set : AsSegmentKind.Sequence, [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => (uint)random.Next(1, 3))]));
        var attributes = new PathAttributes
        {
            AsPath = new AsPath([.. segments]),
            NextHop = IpAddr.Parse(family == IpFamily.V4 ? "10.0.0.1" : "fd00::1"),
            Communities = [.. Enumerable.Range(0, random.Next(3)).Select(_ => (uint)random.Next(3))],
            LargeCommunities = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new LargeCommunity(1, 2, (uint)random.Next(3)))],
        };
        return new Route(prefix, attributes, (uint)random.Next(3), random.Next(2) == 0, Interfaces[random.Next(Interfaces.Length)]);
    }

    private static IpPrefix Network(Random random, IpFamily family)
    {
        // Few leading bits differ, so that networks lie within each other.
        var length = random.Next(1, 14);
        return family == IpFamily.V4
            ? new IpPrefix(IpAddr.FromV4((uint)random.Next(16) << 28 | (uint)random.Next(4) << 18), length)
            : new IpPrefix(IpAddr.Parse($"{random.Next(16):x}{random.Next(4):x}00::"), length);
    }
}
