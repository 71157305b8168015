using System.Security.Cryptography.X509Certificates;
using Agent.Runtime.Hosting;

namespace Agent.Ctl.Tests;

/// <summary>The certificates that agentctl makes, as agents read them.</summary>
public sealed class CertsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("certs-");
    private readonly Terminal _terminal = new();

    public CertsTests() => _terminal.Clock.Now = DateTimeOffset.UtcNow;

    public void Dispose() => _folder.Delete(recursive: true);

    private string In(params string[] path) => Path.Combine([_folder.FullName, .. path]);

    private Task<Outcome> RunAsync(string line) => _terminal.RunAsync($"cluster certs {line} --dir {_folder.FullName}");

    private RemoteCertificates Of(string node) => new(In(node, "tls.crt"), In(node, "tls.key"), In(node, "ca.crt"));

    [Fact]
    public async Task A_nodes_certificate_bears_its_name_and_keys_are_the_owners_alone()
    {
        Assert.Equal(0, (await RunAsync("init --cluster lab")).ExitCode);
        Assert.Equal(
            Outcome.Ok($"certificate of node1 for 365 days in {In("node1")}: its agent reads it with AGENT_CERTIFICATES={In("node1")}\n"),
            await RunAsync("node node1"));

        Of("node1").Require("node1");
        using var certificate = X509Certificate2.CreateFromPemFile(In("node1", "tls.crt"), In("node1", "tls.key"));
        Assert.True(certificate.MatchesHostname("node1"));
        Assert.InRange(certificate.NotAfter - DateTime.Now, TimeSpan.FromDays(364), TimeSpan.FromDays(366));
        Assert.Contains("CN=agents of cluster lab", certificate.Issuer, StringComparison.Ordinal);
        Assert.All(
            [In("ca.key"), In("node1", "tls.key")],
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task What_cannot_be_used_is_named_with_what_to_do()
    {
        Assert.Equal(Outcome.Failed("'a b, CN=c' is no cluster's name: use a DNS-1123 name\n"), await _terminal.RunAsync(
            ["cluster", "certs", "init", "--dir", _folder.FullName, "--cluster", "a b, CN=c"]));

        Assert.Equal(0, (await RunAsync("init")).ExitCode);
        await File.WriteAllTextAsync(In("ca.crt"), "no certificate");
        var broken = await RunAsync("node node1");
        Assert.Equal((1, ""), (broken.ExitCode, broken.Output));
        Assert.StartsWith($"the authority in {In("ca.crt")} and {In("ca.key")} cannot be used: ", broken.Errors, StringComparison.Ordinal);
        Assert.EndsWith("or make another authority in a folder of its own\n", broken.Errors, StringComparison.Ordinal);

        var file = In("ca.key");
        var inTheWay = await _terminal.RunAsync($"cluster certs init --dir {file}");
        Assert.Equal((1, ""), (inTheWay.ExitCode, inTheWay.Output));
        Assert.Contains(file, inTheWay.Errors, StringComparison.Ordinal);
        Assert.EndsWith(
            ": see that the folder can be read and written, or name another with --dir or --out\n", inTheWay.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_certificate_takes_the_place_of_the_old()
    {
        await RunAsync("init");
        await RunAsync("node node1");
        var before = await File.ReadAllTextAsync(In("node1", "tls.crt"));

        Assert.Equal(0, (await RunAsync("node node1 --days 30")).ExitCode);

        Assert.NotEqual(before, await File.ReadAllTextAsync(In("node1", "tls.crt")));
        Of("node1").Require("node1");
    }

    [Fact]
    public async Task An_authority_is_not_replaced_by_mistake_and_rotates_with_both_trusted()
    {
        await RunAsync("init");
        await RunAsync("node node1");
        var refused = await RunAsync("init");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("add --rotate", refused.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("init --rotate")).ExitCode);
        File.Copy(In("ca.crt"), In("node1", "ca.crt"), overwrite: true);
        await RunAsync("node node2");

        Of("node1").Require("node1");
        Of("node2").Require("node2");
        new RemoteCertificates(In("node1", "tls.crt"), In("node1", "tls.key"), In("node2", "ca.crt")).Require("node1");
    }

    [Theory]
    [InlineData("node node1", "there is no authority in")]
    [InlineData("init --rotate", "leave --rotate out")]
    public async Task Without_an_authority_it_is_said_how_to_make_one(string line, string expected)
    {
        var refused = await RunAsync(line);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(expected, refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node no/de", "'no/de' is no node's name")]
    [InlineData("node node1 --days 0", "--days 0 is not allowed: use 1 to 3650")]
    [InlineData("node node1 --days 3650", "take fewer --days, or renew it")]
    public async Task What_cannot_be_made_is_refused_and_nothing_is_written(string line, string expected)
    {
        await RunAsync("init");
        _terminal.Clock.Now += TimeSpan.FromDays(1);

        var refused = await RunAsync(line);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(expected, refused.Errors, StringComparison.Ordinal);
        Assert.Equal(["ca.crt", "ca.key"], _folder.GetFileSystemInfos().Select(file => file.Name).Order());
    }
}
