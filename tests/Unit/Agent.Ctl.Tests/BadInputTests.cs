using Agent.Resources;

namespace Agent.Ctl.Tests;

/// <summary>What a user may get wrong in a manifest: the exact error, exit code 1, and a datastore that is as it was.</summary>
public sealed class BadInputTests
{
    private const string Stored = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata:
          name: stored
        spec:
          cidr: 10.0.0.0/16
        """;

    private readonly Terminal _terminal = new();

    private static string Calico(string kind, string spec) =>
        $"apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata:\n  name: new\nspec:\n  {spec.Replace("; ", "\n  ", StringComparison.Ordinal)}\n";

    public static TheoryData<string, string> Wrong() => new()
    {
        {
            Calico("IPPool", "cidr: 10.1.0.0/16; ipipMode: Sometimes"),
            "failed to apply 'IPPool' resource: [error with field spec.ipipMode = 'Sometimes' (must be one of: Never, Always, CrossSubnet)]\n"
        },
        {
            Calico("IPPool", "cidr: 10.1.0.0/16; blockSize: 19"),
            "failed to apply 'IPPool' resource: [error with field spec.blockSize = '19' "
            + "(blockSize must be between 20 and 32 for IPv4 pools, and between 116 and 128 for IPv6 pools)]\n"
        },
        {
            Calico("IPPool", "cidr: 10.0.128.0/17"),
            "failed to apply 'IPPool' resource: [error with field spec.cidr = '10.0.128.0/17' "
            + "(IPPool(new) CIDR overlaps with IPPool(stored) CIDR 10.0.0.0/16)]\n"
        },
        {
            Calico("BGPPeer", "node: a; nodeSelector: all(); peerIP: 10.0.0.1; asNumber: 64512"),
            "failed to apply 'BGPPeer' resource: [error with field spec.node = 'a' (node and nodeSelector cannot both be set)]\n"
        },
        {
            Calico("BGPPeer", "peerIP: 10.0.0.999; asNumber: 64512"),
            "failed to apply 'BGPPeer' resource: [error with field spec.peerIP = '10.0.0.999' "
            + "(must be an IP address, ipv4:port or [ipv6]:port, the port 1 to 65535)]\n"
        },
        {
            Calico("BGPPeer", "peerIp: 10.0.0.9; asNumber: 64512"),
            "failed to execute command: stdin:6:3: field in document is not recognized or is in the wrong location: peerIp\n"
        },
        {
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: new\nspec: {}\n",
            $"failed to execute command: stdin:2:1: resource type 'Deployment' is not supported; supported are: {Kinds.Supported}\n"
        },
        {
            "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: new\n spec: [\n",
            "failed to execute command: stdin:5:2: this is not valid YAML: While parsing a block mapping, did not find expected key.\n"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_manifest_is_refused_in_words_and_changes_nothing(string manifest, string error)
    {
        Assert.Equal(0, (await _terminal.RunAsync("apply -f -", Stored)).ExitCode);
        var before = await EverythingAsync();

        Assert.Equal(Outcome.Failed(error), await _terminal.RunAsync("apply -f -", manifest));

        Assert.Equal(before, await EverythingAsync());
    }

    private async Task<string[]> EverythingAsync()
    {
        var found = new List<string>();
        foreach (var kind in Kinds.All)
            found.AddRange((await _terminal.Store.ListAsync(kind.Kind)).Items.Select(item => $"{item.Key} at {item.Revision}"));
        return [.. found];
    }
}
