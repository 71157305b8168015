using Agent.Resources;

namespace Agent.Ctl.Tests;

/// <summary>apply, create, replace, delete and validate: what they store and every sentence that they print.</summary>
public sealed class WriteTests : IDisposable
{
    private readonly Terminal _terminal = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ctl-");

    private static string Pool(string name, string cidr, string more = "") =>
        $"---\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: {name}\nspec:\n  cidr: {cidr}\n{more}";

    private static string Peer(string name) =>
        $"---\napiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata:\n  name: {name}\nspec:\n  peerIP: 10.0.0.1\n  asNumber: 64512\n";

    [Fact]
    public async Task A_new_resource_is_stored_with_its_defaults()
    {
        Assert.Equal(Outcome.Ok("Successfully created 1 'IPPool' resource(s)\n"), await _terminal.RunAsync("create -f -", Pool("blue", "10.0.0.0/16")));

        var pool = IPPool.From((await GetAsync("blue"))!);
        Assert.Equal((26, "all()"), (pool.BlockSize, pool.NodeSelector));
        Assert.Equal([AllowedUse.Workload, AllowedUse.Tunnel], pool.AllowedUses);
    }

    [Fact]
    public async Task Several_resources_are_counted_with_their_kind_only_if_they_share_it()
    {
        Assert.Equal(
            Outcome.Ok("Successfully applied 2 'IPPool' resource(s)\n"),
            await _terminal.RunAsync("apply -f -", Pool("a", "10.0.0.0/16") + Pool("b", "10.1.0.0/16")));
        Assert.Equal(
            Outcome.Ok("Successfully applied 3 resource(s)\n"),
            await _terminal.RunAsync("apply -f -", Pool("a", "10.0.0.0/16") + Peer("p") + Peer("q")));
    }

    [Fact]
    public async Task A_resource_that_is_refused_says_why()
    {
        var wrong = Pool("blue", "10.0.0.1/16");
        const string Why = "error with field spec.cidr = '10.0.0.1/16' (IPPool CIDR is not strictly masked)";

        Assert.Equal(Outcome.Failed($"failed to apply 'IPPool' resource: [{Why}]\n"), await _terminal.RunAsync("apply -f -", wrong));
        Assert.Equal(Outcome.Failed($"failed to create 'IPPool' resource: [{Why}]\n"), await _terminal.RunAsync("create -f -", wrong));
        Assert.Equal(Outcome.Failed($"failed to validate 'IPPool' resource: [{Why}]\n"), await _terminal.RunAsync("validate -f -", wrong));
        Assert.Equal(
            Outcome.Failed($"failed to apply any 'IPPool' resources: [{Why} {Why}]\n"), await _terminal.RunAsync("apply -f -", wrong + wrong));
    }

    [Fact]
    public async Task A_partial_success_is_told_when_more_went_well_than_not()
    {
        var (good, other, bad) = (Pool("a", "10.0.0.0/16"), Pool("b", "10.1.0.0/16"), Pool("c", "10.0.4.0/24"));
        const string Why = "error with field spec.cidr = '10.0.4.0/24' (IPPool(c) CIDR overlaps with IPPool(a) CIDR 10.0.0.0/16)";

        Assert.Equal(
            new Outcome(1, "Partial success: applied the first 2 out of 3 'IPPool' resources:\n", $"hit error: [{Why}]\n"),
            await _terminal.RunAsync("apply -f -", good + other + bad));
        Assert.Equal(Outcome.Failed($"hit error: [{Why}]\n"), await _terminal.RunAsync("apply -f -", good + bad));
    }

    [Fact]
    public async Task Creating_what_exists_fails_unless_it_may_be_skipped()
    {
        await _terminal.RunAsync("create -f -", Peer("p"));

        Assert.Equal(
            Outcome.Failed("failed to create 'BGPPeer' resource: [resource already exists: BGPPeer(p) with error: it is in the datastore]\n"),
            await _terminal.RunAsync("create -f -", Peer("p")));
        Assert.Equal(Outcome.Ok("Successfully created 0 'BGPPeer' resource(s)\n"), await _terminal.RunAsync("create --skip-exists -f -", Peer("p")));
    }

    [Fact]
    public async Task Creating_a_pool_that_exists_says_so_and_not_that_it_overlaps_itself()
    {
        await _terminal.RunAsync("create -f -", Pool("a", "10.0.0.0/16"));

        Assert.Equal(
            Outcome.Failed("failed to create 'IPPool' resource: [resource already exists: IPPool(a) with error: it is in the datastore]\n"),
            await _terminal.RunAsync("create -f -", Pool("a", "10.0.0.0/16")));
    }

    [Fact]
    public async Task Replacing_takes_spec_and_labels_from_the_manifest_and_the_rest_from_the_store()
    {
        await _terminal.PutAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"1"}},"spec":{"x":1},"status":{"phase":"Running"}}""");
        var before = (await _terminal.Store.ListAsync(Kinds.Pod)).Items[0];

        Assert.Equal(
            Outcome.Ok("Successfully replaced 1 'Pod' resource(s)\n"),
            await _terminal.RunAsync("replace -f -", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"b":"2"}},"spec":{"y":2}}"""));

        var after = (await _terminal.Store.ListAsync(Kinds.Pod)).Items[0];
        Assert.Equal(before.Uid, after.Uid);
        Assert.Equal(before.CreationTimestamp, after.CreationTimestamp);
        Assert.Equal("""{"y":2}""", after.Spec.GetRawText());
        Assert.Equal("""{"phase":"Running"}""", after.Status.GetRawText());
        Assert.Equal(["b"], after.Labels.Keys);
    }

    [Fact]
    public async Task Replacing_what_is_not_there_fails()
    {
        Assert.Equal(
            Outcome.Failed("failed to replace 'BGPPeer' resource: resource does not exist: BGPPeer(p) with error: not found in the datastore\n"),
            await _terminal.RunAsync("replace -f -", Peer("p")));
    }

    [Fact]
    public async Task A_manifest_with_a_version_replaces_just_that_version()
    {
        await _terminal.RunAsync("create -f -", Pool("a", "10.0.0.0/16"));
        var revision = (await GetAsync("a"))!.Revision;
        var edited = Pool("a", "10.0.0.0/16", "  natOutgoing: true\n").Replace("name: a", $"name: a\n  resourceVersion: \"{revision}\"", StringComparison.Ordinal);

        Assert.Equal(Outcome.Ok("Successfully replaced 1 'IPPool' resource(s)\n"), await _terminal.RunAsync("replace -f -", edited));

        var latest = (await GetAsync("a"))!.Revision;
        Assert.Equal(
            Outcome.Failed(
                $"failed to replace 'IPPool' resource: update conflict: IPPool(a): resource version '{revision}' is out of date (latest: {latest}). "
                + "Update the resource YAML/JSON in order to make changes\n"),
            await _terminal.RunAsync("replace -f -", edited));
    }

    [Fact]
    public async Task A_pool_may_not_change_its_CIDR()
    {
        await _terminal.RunAsync("create -f -", Pool("a", "10.0.0.0/16"));

        var outcome = await _terminal.RunAsync("apply -f -", Pool("a", "10.1.0.0/16"));

        Assert.Equal(Outcome.Failed("failed to apply 'IPPool' resource: [error with field spec.cidr = '10.1.0.0/16' (IPPool CIDR cannot be modified)]\n"), outcome);
    }

    [Theory]
    [InlineData(4, 4, true)]
    [InlineData(5, 4, false)]
    public async Task A_conflict_is_tried_again_up_to_five_times(int conflicts, int pauses, bool succeeds)
    {
        await _terminal.RunAsync("create -f -", Peer("p"));
        _terminal.Meanwhile = async request =>
        {
            if (conflicts == 0 || !request.StartsWith("update", StringComparison.Ordinal)) return;
            conflicts--;
            var stored = (await _terminal.Store.ListAsync(Kinds.BGPPeer)).Items[0];
            await _terminal.Store.UpdateAsync(stored with { Annotations = stored.Annotations.SetItem("n", $"{conflicts}") });
        };

        var outcome = await _terminal.RunAsync("apply -f -", Peer("p"));

        Assert.Equal(
            succeeds
                ? Outcome.Ok("Successfully applied 1 'BGPPeer' resource(s)\n")
                : Outcome.Failed("failed to apply 'BGPPeer' resource: [update conflict: BGPPeer(p)]\n"),
            outcome);
        Assert.Equal(pauses, _terminal.Pauses);
    }

    [Fact]
    public async Task Deleting_by_name_or_by_manifest()
    {
        await _terminal.RunAsync("create -f -", Peer("p") + Peer("q") + Peer("r"));

        Assert.Equal(Outcome.Ok("Successfully deleted 2 'BGPPeer' resource(s)\n"), await _terminal.RunAsync("delete bgppeer p q"));
        Assert.Equal(Outcome.Ok("Successfully deleted 1 'BGPPeer' resource(s)\n"), await _terminal.RunAsync("delete -f -", Peer("r")));
        Assert.Equal(
            Outcome.Failed("Failed to delete 'BGPPeer' resource: resource does not exist: BGPPeer(p) with error: not found in the datastore\n"),
            await _terminal.RunAsync("delete bgppeer p"));
        Assert.Equal(Outcome.Ok("Successfully deleted 0 'BGPPeer' resource(s)\n"), await _terminal.RunAsync("delete bgppeer p -s"));
    }

    [Fact]
    public async Task A_pool_is_disabled_before_it_is_deleted()
    {
        await _terminal.RunAsync("create -f -", Pool("a", "10.0.0.0/16"));
        var disabledAtDeletion = false;
        _terminal.Meanwhile = async request =>
        {
            if (request.StartsWith("delete", StringComparison.Ordinal)) disabledAtDeletion = IPPool.From((await GetAsync("a"))!).Disabled;
        };

        Assert.Equal(Outcome.Ok("Successfully deleted 1 'IPPool' resource(s)\n"), await _terminal.RunAsync("delete ippool a"));
        Assert.True(disabledAtDeletion);
        Assert.Null(await GetAsync("a"));
    }

    [Fact]
    public async Task Warnings_go_to_stderr_and_do_not_stop_anything()
    {
        var overlay = await _terminal.RunAsync("apply -f -", Pool("a", "10.0.0.0/16", "  vxlanMode: Always\n"));
        Assert.Equal((0, "Successfully applied 1 'IPPool' resource(s)\n"), (overlay.ExitCode, overlay.Output));
        Assert.StartsWith("Warning: ", overlay.Errors, StringComparison.Ordinal);
        Assert.Contains("overlay not programmed yet", overlay.Errors, StringComparison.Ordinal);

        Assert.Equal(
            new Outcome(0, "Successfully applied 1 'NetworkPolicy' resource(s)\n", "Warning: NetworkPolicy(web/deny): network policies are stored, not enforced\n"),
            await _terminal.RunAsync("apply -f -", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\n  namespace: web\nspec: {}\n"));
    }

    [Fact]
    public async Task Files_and_directories_are_read_in_the_order_of_their_names()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_directory.FullName, "empty")).FullName;
        File.WriteAllText(Path.Combine(_directory.FullName, "2.yml"), Peer("b"));
        File.WriteAllText(Path.Combine(_directory.FullName, "1.yaml"), Peer("a"));
        File.WriteAllText(Path.Combine(_directory.FullName, "notes.txt"), "not a manifest");
        File.WriteAllText(Path.Combine(empty, "none.yaml"), "");
        File.WriteAllText(Path.Combine(_directory.FullName, "broken.json"), "{");

        Assert.Equal(
            Outcome.Ok("Successfully applied 1 'BGPPeer' resource(s)\n"),
            await _terminal.RunAsync($"apply -f {_directory.FullName}/1.yaml"));
        Assert.StartsWith(
            $"failed to execute command: {_directory.FullName}/broken.json:1:", (await _terminal.RunAsync($"apply -f {_directory.FullName}")).Errors,
            StringComparison.Ordinal);
        File.Delete(Path.Combine(_directory.FullName, "broken.json"));
        Assert.Equal(Outcome.Ok("Successfully applied 2 'BGPPeer' resource(s)\n"), await _terminal.RunAsync($"apply -f {_directory.FullName}"));
        Assert.Equal(Outcome.Ok("Successfully applied 2 'BGPPeer' resource(s)\n"), await _terminal.RunAsync($"apply -R -f {_directory.FullName}"));
        Assert.Equal(Outcome.Failed($"no resources specified in directory {empty}\n"), await _terminal.RunAsync($"apply -f {empty}"));
        Assert.Equal(
            Outcome.Failed($"no resources specified in file {empty}/none.yaml\n"), await _terminal.RunAsync($"apply -f {empty}/none.yaml"));
        Assert.Equal(Outcome.Ok("No resources specified\n"), await _terminal.RunAsync($"apply --skip-empty -f {empty}"));
        Assert.Equal(
            Outcome.Failed("failed to execute command: Could not find file '/nowhere.yaml'.\n"), await _terminal.RunAsync("apply -f /nowhere.yaml"));
    }

    [Fact]
    public async Task A_namespace_on_the_command_line_is_for_resources_without_one()
    {
        const string Pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n";
        Assert.Equal(Outcome.Ok("Successfully applied 1 'Pod' resource(s)\n"), await _terminal.RunAsync("apply -n web -f -", Pod));
        Assert.Equal("web", (await _terminal.Store.ListAsync(Kinds.Pod)).Items[0].Namespace);
        Assert.Equal(
            Outcome.Failed("resource namespace does not match client namespace. db != web\n"),
            await _terminal.RunAsync("apply -n web -f -", Pod + "  namespace: db\n"));
    }

    [Fact]
    public async Task Validation_needs_no_datastore()
    {
        Assert.Equal(Outcome.Ok("Successfully validated 1 'IPPool' resource(s)\n"), await _terminal.RunAsync("validate -f -", Pool("a", "10.0.0.0/16")));
        Assert.Empty(_terminal.Opened);
    }

    [Fact]
    public async Task An_unknown_kind_or_field_is_named()
    {
        var kind = await _terminal.RunAsync("apply -f -", "apiVersion: projectcalico.org/v3\nkind: SomeKind\nmetadata:\n  name: x\n");
        Assert.StartsWith("failed to execute command: stdin:2:", kind.Errors, StringComparison.Ordinal);
        Assert.Contains("resource type 'SomeKind' is not supported", kind.Errors, StringComparison.Ordinal);

        var field = await _terminal.RunAsync("apply -f -", Pool("a", "10.0.0.0/16", "  natOutgoin: true\n"));
        Assert.Contains("field in document is not recognized or is in the wrong location: natOutgoin", field.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private Task<Resource?> GetAsync(string pool) => _terminal.Store.GetAsync(new ResourceKey(Kinds.IPPool, pool));
}
