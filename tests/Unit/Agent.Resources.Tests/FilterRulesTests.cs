using static Agent.Resources.Tests.TypedTests;

namespace Agent.Resources.Tests;

public sealed class FilterRulesTests
{
    private static string Rule(string rule) => Validation.Check(Of(Kinds.BGPFilter, "f", $$"""{"importV4":[{{rule}}]}""")).ToString();

    [Theory]
    [InlineData("""{"action":"Accept"}""", "")]
    [InlineData("""{"action":"Accept","cidr":"10.0.0.0/8","matchOperator":"In","prefixLength":{"min":16,"max":24}}""", "")]
    [InlineData("""{"action":"Accept","operations":[{"addCommunity":{"value":"1:2:3"}},{"setPriority":{"value":512}},{"prependASPath":{"prefix":[65000,"1.10"]}}]}""", "")]
    [InlineData("""{"action":"Reject","source":"RemotePeers","interface":"*.calico","peerType":"eBGP","communities":{"values":["65000:1"]},"asPathPrefix":["1.1"],"priority":1}""", "")]
    [InlineData("""{}""", "importV4[0].action = '' (must be one of: Accept, Reject)")]
    [InlineData("""{"action":"Pass"}""", "importV4[0].action = 'Pass' (must be one of: Accept, Reject)")]
    [InlineData("""{"action":"Accept","cidr":"10.0.0.0/8"}""", "importV4[0].matchOperator = '' (MatchOperator cannot be empty when CIDR is not)")]
    [InlineData("""{"action":"Accept","matchOperator":"In"}""", "importV4[0].cidr = '' (CIDR cannot be empty when MatchOperator is not)")]
    [InlineData("""{"action":"Accept","prefixLength":{"min":8}}""", "importV4[0].cidr = '' (CIDR cannot be empty when PrefixLength is not)")]
    [InlineData("""{"action":"Accept","cidr":"10.0.0.1/8","matchOperator":"In"}""", "importV4[0].cidr = '10.0.0.1/8' (CIDR is not strictly masked)")]
    [InlineData("""{"action":"Accept","cidr":"fd00::/8","matchOperator":"In"}""", "importV4[0].cidr = 'fd00::/8' (must be a valid IPv4 CIDR)")]
    [InlineData("""{"action":"Accept","cidr":"10.0.0.0/8","matchOperator":"Within"}""", "importV4[0].matchOperator = 'Within' (must be one of: Equal, NotEqual, In, NotIn)")]
    [InlineData("""{"action":"Accept","cidr":"10.0.0.0/8","matchOperator":"In","prefixLength":{"max":33}}""", "importV4[0].prefixLength.max = '33' (must be between 0 and 32)")]
    [InlineData("""{"action":"Accept","source":"Kernel"}""", "importV4[0].source = 'Kernel' (must be one of: RemotePeers)")]
    [InlineData("""{"action":"Accept","peerType":"ibgp"}""", "importV4[0].peerType = 'ibgp' (must be one of: eBGP, iBGP)")]
    [InlineData("""{"action":"Accept","interface":"a b"}""", "importV4[0].interface = 'a b' (must be 1 to 15 letters, digits, '_', '.', '*' or '-')")]
    [InlineData("""{"action":"Accept","communities":{"values":["1:2","1:3"]}}""", "importV4[0].communities.values = '1:2,1:3' (must have exactly one value)")]
    [InlineData("""{"action":"Accept","communities":{"values":["65536:2"]}}""", "importV4[0].communities.values = '65536:2' (must be aa:nn (16 bit each) or aa:nn:mm (32 bit each))")]
    [InlineData("""{"action":"Accept","asPathPrefix":["1.1.1"]}""", "importV4[0].asPathPrefix[0] = '1.1.1' (must be an AS number: 0 to 4294967295, or hi.lo with each part 0 to 65535)")]
    [InlineData("""{"action":"Accept","priority":0}""", "importV4[0].priority = '0' (must be between 1 and 2147483646)")]
    [InlineData("""{"action":"Reject","operations":[{"setPriority":{"value":1}}]}""", "importV4[0].operations = 'Reject' (operations may only be used with Accept)")]
    [InlineData("""{"action":"Accept","operations":[{}]}""", "importV4[0].operations = '' (each has exactly one of addCommunity, prependASPath and setPriority)")]
    [InlineData("""{"action":"Accept","operations":[{"setPriority":{"value":1},"addCommunity":{"value":"1:2"}}]}""", "importV4[0].operations = '' (each has exactly one of addCommunity, prependASPath and setPriority)")]
    [InlineData("""{"action":"Accept","operations":[{"prependASPath":{"prefix":[]}}]}""", "importV4[0].operations.prependASPath.prefix = '' (must have 1 to 10 AS numbers)")]
    [InlineData("""{"action":"Accept","operations":[{"setPriority":{"value":2147483647}}]}""", "importV4[0].operations.setPriority.value = '2147483647' (must be between 1 and 2147483646)")]
    public void A_rule_is_judged_where_it_stands(string rule, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : "error with field spec." + expected, Rule(rule));

    [Fact]
    public void The_rules_of_IPv6_have_longer_networks() => Assert.Equal(
        "",
        Validation.Check(Of(Kinds.BGPFilter, "f", """{"exportV6":[{"action":"Accept","cidr":"2001:db8::/32","matchOperator":"NotIn","prefixLength":{"min":64,"max":128}}]}""")).ToString());

    [Fact]
    public void A_peering_names_filters_that_exist()
    {
        var peer = Of(Kinds.BGPPeer, "p", """{"peerIP":"10.0.0.1","asNumber":1,"filters":["a","b","c"]}""");
        var known = new ValidationScope { FilterNames = new HashSet<string>(["b"]) };

        Assert.Equal("error with field spec.filters = 'a, c' (BGPFilter(s) not found)", Validation.Check(peer, known).ToString());
        Assert.Equal("", Validation.Check(peer).ToString());
    }

    [Fact]
    public void A_filter_is_written_as_it_was_read()
    {
        const string Spec = """{"exportV4":[{"cidr":"10.0.0.0/8","prefixLength":{"min":9},"matchOperator":"In","asPathPrefix":[65546],"action":"Accept","operations":[{"addCommunity":{"value":"1:2"}}]}]}""";

        Assert.Equal(Spec, BgpFilter.From(Of(Kinds.BGPFilter, "f", Spec.Replace("65546", "\"1.10\"", StringComparison.Ordinal))).ToResource().Spec.GetRawText());
    }
}
