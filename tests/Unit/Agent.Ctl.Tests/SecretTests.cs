namespace Agent.Ctl.Tests;

/// <summary>Secrets on the command line: written like other kinds, shown without what they hold.</summary>
public sealed class SecretTests
{
    private const string Manifest = """
        apiVersion: v1
        kind: Secret
        metadata: {name: bgp, namespace: kube-system}
        stringData: {tor: swordfish, spine: tuna}
        """;

    private readonly Terminal _terminal = new();

    [Fact]
    public async Task A_secret_is_applied_listed_and_deleted()
    {
        Assert.Equal(Outcome.Ok("Successfully applied 1 'Secret' resource(s)\n"), await _terminal.RunAsync("apply -f -", Manifest));

        Assert.Equal(
            Outcome.Ok("NAME   TYPE     DATA   AGE\nbgp    Opaque   2      0s\n"), await _terminal.RunAsync("get secrets -n kube-system"));
        Assert.Equal(
            Outcome.Ok("Successfully deleted 1 'Secret' resource(s)\n"), await _terminal.RunAsync("delete secret bgp -n kube-system"));
        Assert.Equal(
            new Outcome(0, "", "No resources found in kube-system namespace.\n"), await _terminal.RunAsync("get secrets -n kube-system"));
    }

    [Theory]
    [InlineData("get secret bgp -n kube-system -o yaml", "  tor: <redacted, 9 bytes>")]
    [InlineData("get secrets -n kube-system -o yaml", "    tor: <redacted, 9 bytes>")]
    [InlineData("get secret bgp -n kube-system -o json", "    \"tor\": \"<redacted, 9 bytes>\"")]
    [InlineData("get secret bgp -n kube-system --export -o yaml", "  tor: <redacted, 9 bytes>")]
    [InlineData("get secrets -A -o wide", "kube-system   bgp    Opaque   2      0s")]
    public async Task No_format_shows_a_value(string line, string expected)
    {
        await _terminal.RunAsync("apply -f -", Manifest);

        var shown = await _terminal.RunAsync(line);

        Assert.Equal((0, ""), (shown.ExitCode, shown.Errors));
        Assert.Contains(expected, shown.Output.Split('\n'));
        Assert.DoesNotContain("swordfish", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("c3dvcmRmaXNo", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_shown_cannot_be_applied_back_by_mistake()
    {
        await _terminal.RunAsync("apply -f -", Manifest);
        var shown = await _terminal.RunAsync("get secret bgp -n kube-system -o yaml");

        var refused = await _terminal.RunAsync("apply -f -", shown.Output);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("data.spine = '<redacted>' (must be base64; plain text stands in stringData)", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_patch_changes_one_value_and_tells_none()
    {
        await _terminal.RunAsync("apply -f -", Manifest);

        Assert.Equal(
            Outcome.Ok("Successfully patched 1 'Secret' resource\n"),
            await _terminal.RunAsync(["patch", "secret", "bgp", "-n", "kube-system", "-p", """{"stringData":{"tor":"salmon"}}"""]));
        var guess = await _terminal.RunAsync(
            ["patch", "secret", "bgp", "-n", "kube-system", "-t", "json", "-p", """[{"op":"test","path":"/data/spine","value":"x"}]"""]);

        Assert.Equal(1, guess.ExitCode);
        Assert.Contains("an operation does not fit the Secret", guess.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("dHVuYQ==", guess.Errors, StringComparison.Ordinal);
        var stored = await _terminal.Store.GetAsync(new(Agent.Resources.Kinds.Secret, "bgp", "kube-system"));
        Assert.Equal("""{"data":{"spine":"dHVuYQ==","tor":"c2FsbW9u"},"type":"Opaque"}""", stored!.Spec.GetRawText());
    }
}
