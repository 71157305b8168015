using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Certificates that are replaced while nodes talk: the next connection has the new ones, or, while those are no good, the
/// old ones.</summary>
public sealed class CertificateReloadTests : TcpNodes
{
    private readonly X509Certificate2 _one = Authority("one");
    private readonly X509Certificate2 _two = Authority("two");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_to_the_next_that_connects_and_the_open_connection_goes_on()
    {
        var (a, b) = (Start("a", Certify("a", _one, "a")), Start("b", Certify("b", _one, "b")));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        var remote = (await Ask(a, b, "first")).Self;
        var old = await ShownByAsync(b);
        var traffic = new List<Task<Answer>>();
        for (var i = 0; i < 20; i++)
        {
            if (i == 10)
                Certify("b", _one, "b");
            traffic.AddRange(Enumerable.Range(0, 20).Select(n => remote.Ask<Answer>(new Question("", $"{n}", ActorRefs.Nobody), Patience)));
            Assert.Equal(i >= 10, old != await ShownByAsync(b));
        }

        Assert.All(await Task.WhenAll(traffic), answer => Assert.Equal(remote.Path, answer.Self.Path));
        Assert.Equal(1, proxy.Connections);
        Assert.DoesNotContain(a.Log.Lines, line => line.Contains("no connection", StringComparison.Ordinal));
    }

    [Fact, Trait("Category", "Slow")]
    public async Task Another_authority_takes_over_step_by_step_and_nodes_talk_throughout()
    {
        var (a, b) = (Start("a", Certify("a", _one, "a")), Start("b", Certify("b", _one, "b")));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        Func<Task>[] steps =
        [
            () => TrustAsync("a", _two, _one),
            () => TrustAsync("b", _two, _one),
            () => ReissueAsync("b"),
            () => ReissueAsync("a"),
            () => TrustAsync("b", _two),
            () => TrustAsync("a", _two),
        ];
        Assert.Equal("start", (await Ask(a, b, "start")).Text);
        foreach (var step in steps)
        {
            await step();
            var before = proxy.Connections;
            proxy.Break();
            Assert.Equal("there", (await Ask(a, b, "there")).Text);
            Assert.True(proxy.Connections > before);
        }

        Assert.DoesNotContain(a.Log.Lines.Concat(b.Log.Lines), line => line.Contains("certificate", StringComparison.Ordinal));
        Certify("late", _one, "late");
        Trust("late", _two);
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Find(Start("late", Files("late")), b, TimeSpan.FromSeconds(1)));
        Assert.Contains("issued by [CN=one], does not descend from this cluster's authority [CN=two]", await b.LogOf("is closed"), StringComparison.Ordinal);

        Task TrustAsync(string node, params X509Certificate2[] authorities)
        {
            Trust(node, authorities);
            return Task.CompletedTask;
        }

        Task ReissueAsync(string node)
        {
            Certify(node, _two, node);
            return TrustAsync(node, _two, _one);
        }
    }

    [Theory]
    [InlineData("half a certificate", "cert")]
    [InlineData("half a key", "key")]
    [InlineData("half of the second authority", "ca")]
    [InlineData("a key of another certificate", "key")]
    [InlineData("gone", "cert")]
    [InlineData("gone", "ca")]
    [InlineData("unreadable", "key")]
    [InlineData("unreadable", "ca")]
    public async Task Files_that_are_no_good_leave_the_old_ones_in_force_with_one_line_until_they_are(string how, string kind)
    {
        var (a, b) = (Start("a", Certify("a", _one, "a")), Start("b", Certify("b", _one, "b")));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        Assert.Equal("before", (await Ask(a, b, "before")).Text);
        var old = await ShownByAsync(b);

        Spoil(FileOf("b", kind), how);
        for (var i = 0; i < 3; i++)
            Assert.Equal(old, await ShownByAsync(b));
        proxy.Break();
        Assert.Equal("during", (await Ask(a, b, "during")).Text);
        if (how == "unreadable")
            Directory.Delete(FileOf("b", kind));
        Certify("b", _one, "b");

        Assert.NotEqual(old, await ShownByAsync(b));
        await b.StopAsync();
        Assert.StartsWith(
            "Remoting: the new certificates cannot be used, those read before stay in force: ",
            Assert.Single(b.Log.Lines, line => line.Contains("certificates", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_whose_files_cannot_be_read_at_first_connects_once_they_can()
    {
        var b = Start("b", Certify("b", _one, "b"));
        Certify("a", _one, "a");
        Spoil(FileOf("a", "key"), "unreadable");
        var a = Start("a", Files("a"));
        a.System.ActorSelection($"{b.Address}/user/echo").Tell("lost");
        Assert.Contains(FileOf("a", "key"), await a.LogOf("no connection to"), StringComparison.Ordinal);

        Directory.Delete(FileOf("a", "key"));
        Certify("a", _one, "a");

        Assert.Equal("hello", (await Ask(a, b, "hello")).Text);
    }

    private static void Spoil(string file, string how)
    {
        var text = File.ReadAllText(file);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (how is "gone" or "unreadable")
            File.Delete(file);
        else
            File.WriteAllText(file, how switch
            {
                "a key of another certificate" => other.ExportPkcs8PrivateKeyPem(),
                "half of the second authority" => text + "\n" + text[..(text.Length / 2)],
                _ => text[..(text.Length / 2)],
            });

        // Root may read every file, but nobody a folder as one.
        if (how == "unreadable")
            Directory.CreateDirectory(file);
    }

    /// <summary>The thumbprint of the certificate that a node shows to who connects now.</summary>
    private static async Task<string> ShownByAsync(TcpNode node)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(node.Link.Endpoint);
        var shown = "";
        await using var stream = new SslStream(client.GetStream(), false, (_, presented, _, _) =>
        {
            shown = presented!.GetCertHashString();
            return presented.Subject == "CN=b";
        });
        await stream.AuthenticateAsClientAsync("b");
        return shown;
    }
}
