using System.Text.Json;
using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Actors.Resources;
using Agent.Datastore;
using Refs = System.Collections.Immutable.ImmutableSortedSet;

namespace Agent.Actors.Tests.Bgp;

/// <summary>Which passwords the peers are told as Secrets appear, change and go.</summary>
public sealed class PasswordActorTests : TestKit
{
    private const string Tor = "kube-system/bgp/tor";
    private const string Spine = "kube-system/bgp/spine";

    private readonly InMemoryDatastore _store = new(TimeProvider.System, new Random(1));
    private readonly TestProbe _peers;

    public PasswordActorTests() => _peers = CreateTestProbe("peers");

    [Fact]
    public async Task A_password_that_is_there_is_told()
    {
        await PutAsync("bgp", "tor", "swordfish");
        await PutAsync("other", "tor", "tuna");

        Start(_store, Tor);

        Assert.Equal([(Tor, Key("swordfish"))], Told());
    }

    [Fact]
    public async Task A_missing_secret_is_warned_of_and_told_as_none_until_it_appears()
    {
        EventFilter.Warning("the BGP password kube-system/bgp/tor: there is no Secret(kube-system/bgp); its sessions go without a password")
            .ExpectOne(() =>
            {
                Start(_store, Tor);
                Assert.Equal([(Tor, null)], Told());
            });

        await PutAsync("bgp", "tor", "swordfish");

        Assert.Equal([(Tor, Key("swordfish"))], Told());
    }

    [Theory]
    [InlineData("kube-system/bgp/leaf", "Secret(kube-system/bgp) has no key 'leaf'")]
    [InlineData("kube-system/bgp/empty", "it is empty")]
    [InlineData("kube-system/bgp/long", "it has 81 bytes, and TCP MD5 takes at most 80")]
    public async Task A_key_that_cannot_serve_is_warned_of(string reference, string reason)
    {
        await PutAsync("bgp", """{"tor":"a","empty":"","long":"LONG"}""".Replace("LONG", new string('x', 81), StringComparison.Ordinal));

        EventFilter.Warning($"the BGP password {reference}: {reason}; its sessions go without a password").ExpectOne(() =>
        {
            Start(_store, reference);
            Assert.Equal([(reference, null)], Told());
        });
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_is_warned_of_without_what_it_holds()
    {
        await _store.CreateAsync(Secret("bgp", """{"data":{"tor":"swordfish!"}}"""));

        EventFilter.Warning(
            "the BGP password kube-system/bgp/tor: Secret(kube-system/bgp): error with field data.tor = '<redacted>' (must be base64; "
            + "plain text stands in stringData); its sessions go without a password").ExpectOne(() =>
        {
            Start(_store, Tor);
            Assert.Equal([(Tor, null)], Told());
        });
    }

    [Fact]
    public async Task A_change_is_told_and_one_of_a_secret_that_nobody_uses_is_not()
    {
        await PutAsync("bgp", "tor", "swordfish");
        Start(_store, Tor);
        Told();

        await PutAsync("other", "tor", "tuna");
        await PutAsync("other", "tor", "salmon");
        await PutAsync("bgp", "tor", "herring");

        Assert.Equal([(Tor, Key("herring"))], Told());
    }

    [Fact]
    public async Task A_deleted_secret_is_told_as_none()
    {
        await PutAsync("bgp", "tor", "swordfish");
        Start(_store, Tor);
        Told();

        await _store.DeleteAsync(new ResourceKey(Kinds.Secret, "bgp", "kube-system"), null);

        Assert.Equal([(Tor, null)], Told());
    }

    [Fact]
    public async Task Other_references_are_looked_up_and_those_that_are_no_longer_used_forgotten()
    {
        await PutAsync("bgp", """{"tor":"swordfish","spine":"tuna"}""");
        var actor = Start(_store, Tor);
        Told();

        Use(actor, Spine, Tor);
        Assert.Equal([(Spine, Key("tuna")), (Tor, Key("swordfish"))], Told());
        Use(actor, Spine);
        Assert.Equal([(Spine, Key("tuna"))], Told());
        Use(actor);
        Assert.Empty(Told());
        await PutAsync("bgp", "spine", "salmon");
        Use(actor, Spine);
        Assert.Equal([(Spine, Key("salmon"))], Told());
    }

    [Fact]
    public async Task Nothing_is_told_before_the_datastore_answers()
    {
        await PutAsync("bgp", "tor", "swordfish");
        var outage = new Outage();

        EventFilter.Warning("the Secrets of BGP passwords cannot be listed: the datastore is away; trying again").ExpectOne(() =>
            Start(new InterceptedDatastore(_store, outage), Tor));
        outage.IsOver = true;

        Assert.Equal([(Tor, Key("swordfish"))], Told());
    }

    [Fact]
    public async Task A_description_names_references_alone()
    {
        await PutAsync("bgp", "tor", "swordfish");
        var actor = Start(_store, "kube-system/none/x", Tor);
        Told();

        var description = await actor.Ask<PasswordProtocol.Description>(Describe.Instance, TimeSpan.FromSeconds(60));

        Assert.Equal(
            """
            {"Known":["kube-system/bgp/tor"],"Problems":["the BGP password kube-system/none/x: there is no Secret(kube-system/none); its sessions go without a password"]}
            """,
            JsonSerializer.Serialize(description));
    }

    [Fact]
    public void Secrets_are_not_among_what_the_node_keeps_in_its_journal() => Assert.DoesNotContain(Kinds.Secret, PlannerActor.Kinds);

    private static TcpMd5Key Key(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static Resource Secret(string name, string spec) => new()
    {
        Key = new ResourceKey(Kinds.Secret, name, "kube-system"),
        Spec = JsonDocument.Parse(spec).RootElement,
    };

    private IActorRef Start(IDatastore datastore, params string[] refs)
    {
        var actor = Sys.ActorOf(PasswordActor.For(datastore, _peers.Ref));
        Use(actor, refs);
        return actor;
    }

    private static void Use(IActorRef actor, params string[] refs) =>
        actor.Tell(new PasswordProtocol.Use(Refs.Create(StringComparer.Ordinal, refs)), ActorRefs.NoSender);

    private (string Ref, TcpMd5Key? Key)[] Told() =>
        [.. _peers.ExpectMsg<PeerSetProtocol.SetPasswords>().ByRef.Select(entry => (entry.Key, entry.Value))];

    private Task PutAsync(string secret, string key, string value) => PutAsync(secret, JsonSerializer.Serialize(new Dictionary<string, string> { [key] = value }));

    private async Task PutAsync(string secret, string values)
    {
        var wanted = Defaults.Apply(Secret(secret, $$"""{"stringData":{{values}}}"""));
        var stored = await _store.GetAsync(wanted.Key);
        Assert.IsType<WriteResult.Written>(
            stored is null ? await _store.CreateAsync(wanted) : await _store.UpdateAsync(wanted with { Revision = stored.Revision }));
    }

    /// <summary>A datastore that is away until it is back.</summary>
    private sealed class Outage : IDatastoreInterceptor
    {
        public volatile bool IsOver;

        public Task RequestAsync(string request) =>
            IsOver ? Task.CompletedTask : Task.FromException(new DatastoreUnavailableException("the datastore is away"));

        public Task AnswerAsync(string request) => Task.CompletedTask;

        public void Events(Action delivery) => delivery();
    }
}
