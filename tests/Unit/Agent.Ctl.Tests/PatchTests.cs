using Agent.Resources;

namespace Agent.Ctl.Tests;

public sealed class PatchTests
{
    private readonly Terminal _terminal = new();

    private static readonly ResourceKey Blue = new(Kinds.IPPool, "blue");

    private Task PutBlueAsync() => _terminal.PutAsync(
        """{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"blue","labels":{"a":"1"}},"spec":{"cidr":"10.0.0.0/16"}}""");

    [Theory]
    [InlineData("strategic", """{"spec":{"natOutgoing":true},"metadata":{"labels":{"b":"2"}}}""")]
    [InlineData("merge", """{"spec":{"natOutgoing":true},"metadata":{"labels":{"b":"2"}}}""")]
    [InlineData("json", """[{"op":"add","path":"/spec/natOutgoing","value":true},{"op":"add","path":"/metadata/labels/b","value":"2"}]""")]
    public async Task Each_type_of_patch_changes_what_it_names(string type, string patch)
    {
        await PutBlueAsync();

        Assert.Equal(
            Outcome.Ok("Successfully patched 1 'IPPool' resource\n"), await _terminal.RunAsync(["patch", "ippool", "blue", "--type=" + type, "-p", patch]));

        var stored = (await _terminal.Store.GetAsync(Blue))!;
        Assert.True(IPPool.From(stored).NatOutgoing);
        Assert.Equal(["a", "b"], stored.Labels.Keys);
    }

    [Theory]
    [InlineData("blue", """{"spec":{"cidr":"10.1.0.0/16"}}""", "failed to patch 'IPPool' resource: [error with field spec.cidr = '10.1.0.0/16' (IPPool CIDR cannot be modified)]")]
    [InlineData("blue", """{"spec":{"natOutgoin":true}}""", "failed to patch 'IPPool' resource: [field in document is not recognized or is in the wrong location: natOutgoin (spec.natOutgoin)]")]
    [InlineData("blue", """{"metadata":{"name":"red"}}""", "failed to patch 'IPPool' resource: [a patch may not change kind, name or namespace]")]
    [InlineData("red", "{}", "failed to patch 'IPPool' resource: [resource does not exist: IPPool(red) with error: not found in the datastore]")]
    public async Task A_patch_that_cannot_be_says_why(string name, string patch, string why)
    {
        await PutBlueAsync();
        var before = await _terminal.Store.GetAsync(Blue);

        Assert.Equal(Outcome.Failed(why + "\n"), await _terminal.RunAsync(["patch", "ippool", name, "-p", patch]));
        Assert.Equal(before!.Revision, (await _terminal.Store.GetAsync(Blue))!.Revision);
    }

    [Fact]
    public async Task Text_that_is_no_patch_is_refused()
    {
        await PutBlueAsync();

        Assert.StartsWith("the patch is not valid JSON: ", (await _terminal.RunAsync(["patch", "ippool", "blue", "-p", "{"])).Errors, StringComparison.Ordinal);
        Assert.StartsWith(
            "the patch cannot be applied: operation ",
            (await _terminal.RunAsync(["patch", "ippool", "blue", "-t", "json", "-p", """[{"op":"remove","path":"/spec/nothing"}]"""])).Errors,
            StringComparison.Ordinal);
        Assert.Equal(
            Outcome.Failed("unknown patch type 'apply'; valid are: strategic, merge, json\n"),
            await _terminal.RunAsync(["patch", "ippool", "blue", "-t", "apply", "-p", "{}"]));
    }

    [Fact]
    public async Task Somebody_faster_is_a_conflict_and_not_tried_again()
    {
        await PutBlueAsync();
        _terminal.Meanwhile = async request =>
        {
            if (!request.StartsWith("update", StringComparison.Ordinal)) return;
            var stored = (await _terminal.Store.GetAsync(Blue))!;
            await _terminal.Store.UpdateAsync(stored with { Labels = stored.Labels.SetItem("c", "3") });
        };

        Assert.Equal(
            Outcome.Failed("hit error: updating existing resource: update conflict: IPPool(blue)\n"),
            await _terminal.RunAsync(["patch", "ippool", "blue", "-p", """{"spec":{"disabled":true}}"""]));
        Assert.Equal(0, _terminal.Pauses);
    }
}
