namespace Agent.Lab.Tests.Bgp;

/// <summary>TCP MD5 (RFC 2385), GTSM (RFC 5082) and the listener's settings between an agent and a real BIRD 2.</summary>
public sealed class PasswordTests
{
    private const string WithPassword = "password: {secretKeyRef: {name: bgp, key: tor}}";

    [Fact]
    public async Task The_right_password_establishes_and_leaves_no_trace()
    {
        using var lab = await PasswordLab.StartAsync("password \"swordfish\";");
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");
        await lab.ApplyPeerAsync(WithPassword);

        await lab.EstablishedAsync();

        Assert.Equal("""{"known":["kube-system/bgp/tor"],"problems":[]}""", (await lab.DescribeAsync("passwords")).GetRawText());
        await lab.SaysAsync("is established");
        var traces = await lab.TracesAsync();
        Assert.DoesNotContain("swordfish", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("c3dvcmRmaXNo", traces, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_changed_live_on_both_ends_establishes_again_and_another_secret_touches_nothing()
    {
        using var lab = await PasswordLab.StartAsync("password \"swordfish\";");
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");
        await lab.ApplyPeerAsync(WithPassword);
        var first = await lab.EstablishedAsync();

        await lab.ApplySecretAsync("other", "tor", "salmon");
        await lab.ReconfigureAsync("password \"tuna\";");
        await lab.ApplySecretAsync("bgp", "tor", "tuna");
        await lab.SessionAsync("there is a new session", row => row.Text == "Established" && row.Since > first.Since);

        const string Changed = "the BGP password kube-system/bgp/tor has changed; its sessions go on with the new one";
        await lab.SaysAsync(Changed);
        var log = await lab.TracesAsync();
        Assert.Single(log.Split('\n'), line => line.Contains(Changed, StringComparison.Ordinal));
        Assert.DoesNotContain("kube-system/other", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_times_out_until_the_secret_is_right()
    {
        using var lab = await PasswordLab.StartAsync("password \"swordfish\";");
        await lab.ApplySecretAsync("bgp", "tor", "tuna");
        await lab.ApplyPeerAsync(WithPassword);

        var refused = await lab.SessionAsync("the dial times out", row => row.Text.EndsWith("Socket: Connection timed out", StringComparison.Ordinal));
        Assert.Equal("start", refused.State);
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");

        await lab.EstablishedAsync();
    }

    [Fact]
    public async Task A_missing_secret_is_no_password_until_it_appears()
    {
        using var lab = await PasswordLab.StartAsync("password \"swordfish\";");
        await lab.ApplyPeerAsync(WithPassword);

        var dialing = await lab.SessionAsync("the session is sought", row => row.Text == "Connect");
        Assert.Equal("start", dialing.State);
        await lab.SaysAsync("the BGP password kube-system/bgp/tor: there is no Secret(kube-system/bgp); its sessions go without a password");
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");

        await lab.EstablishedAsync();
    }

    [Fact]
    public async Task A_missing_secret_meets_a_peer_without_password()
    {
        using var lab = await PasswordLab.StartAsync("");
        await lab.ApplyPeerAsync(WithPassword);

        await lab.EstablishedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("passive on;")]
    public async Task GTSM_on_both_ends_establishes_whoever_dials(string bird)
    {
        using var lab = await PasswordLab.StartAsync("direct; ttl security on; " + bird);
        await lab.ApplyPeerAsync("ttlSecurity: 1");

        await lab.EstablishedAsync();
    }

    [Fact]
    public async Task GTSM_and_a_password_go_together()
    {
        using var lab = await PasswordLab.StartAsync("direct; ttl security on; password \"swordfish\";");
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");
        await lab.ApplyPeerAsync("ttlSecurity: 1, " + WithPassword);

        await lab.EstablishedAsync();
    }

    [Fact]
    public async Task Another_bindMode_or_port_is_listened_on_and_the_session_stays()
    {
        using var lab = await PasswordLab.StartAsync("password \"swordfish\";");
        await lab.ApplySecretAsync("bgp", "tor", "swordfish");
        await lab.ApplyPeerAsync(WithPassword);
        var before = await lab.EstablishedAsync();
        await lab.ListensAsync("0.0.0.0:179");

        await lab.ApplySettingsAsync("bindMode: NodeIP");
        await lab.ListensAsync("10.0.0.10:179");
        await lab.ApplySettingsAsync("listenPort: 1790");
        await lab.ListensAsync("0.0.0.0:1790");

        Assert.Equal(before, await lab.SessionAsync());
    }
}
