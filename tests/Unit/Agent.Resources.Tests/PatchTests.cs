using System.Text.Json.Nodes;

namespace Agent.Resources.Tests;

public sealed class PatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void A_merge_patch_gives_what_RFC_7386_appendix_A_says(string target, string patch, string expected) =>
        Assert.Equal(expected, MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch))?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["a"]}]""", """{"foo":["bar",["a"]]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["a","b","c"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["a","c"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo"}""")]
    [InlineData("""{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"}]""", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"test","path":"/a~1b","value":1},{"op":"test","path":"/m~0n","value":2}]""", """{"a/b":1,"m~n":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":[1]}]""", "[1]")]
    public void A_JSON_patch_gives_what_RFC_6902_says(string document, string patch, string expected)
    {
        Assert.True(JsonPatch.TryApply(JsonNode.Parse(document), JsonNode.Parse(patch), out var result, out var error), error);
        Assert.Equal(expected, result!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"op":"add"}""", "a JSON patch must be a list of operations")]
    [InlineData("""[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/x","value":1}]""", "operation 2 (replace /x): there is no member 'x'")]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", "operation 1 (test /a): the value is 1")]
    [InlineData("""[{"op":"remove","path":"/l/7"}]""", "operation 1 (remove /l/7): '7' is not an index into a list of 1")]
    [InlineData("""[{"op":"add","path":"/l/00","value":1}]""", "operation 1 (add /l/00): '00' is not an index into a list of 1")]
    [InlineData("""[{"op":"add","path":"/q/r","value":1}]""", "operation 1 (add /q/r): there is nothing at 'q' to look into")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", "operation 1 (add a): a path begins with '/'")]
    [InlineData("""[{"op":"add","path":"/a"}]""", "operation 1 (add /a): the member 'value' is missing")]
    [InlineData("""[{"op":"twist","path":"/a"}]""", "operation 1 (twist /a): 'twist' is not one of add, remove, replace, move, copy, test")]
    [InlineData("""[{"op":"move","from":"/l","path":"/l/0"}]""", "operation 1 (move /l/0): a value cannot be moved into itself")]
    public void A_JSON_patch_that_fails_says_which_operation_and_why(string patch, string expected)
    {
        Assert.False(JsonPatch.TryApply(JsonNode.Parse("""{"a":1,"l":[1]}"""), JsonNode.Parse(patch), out _, out var error));
        Assert.Equal(expected, error);
    }
}
