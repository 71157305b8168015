using System.Text;
using System.Text.Json;
using static Agent.Resources.Tests.TypedTests;

namespace Agent.Resources.Tests;

/// <summary>Secrets: what is stored, what is refused, and that nothing shows what they hold.</summary>
public sealed class SecretTests
{
    private const string Both = """{"data":{"a":"b25l","b":"dHdv"},"stringData":{"b":"three"}}""";

    [Fact]
    public void What_stringData_gives_is_stored_as_data_and_wins()
    {
        var stored = Defaults.Apply(Of(Kinds.Secret, "bgp", Both, space: "kube-system"));

        Assert.Equal("""{"data":{"a":"b25l","b":"dGhyZWU="},"type":"Opaque"}""", stored.Spec.GetRawText());
        Assert.Equal(
            ["a one", "b three"], KubeSecret.From(stored).Data.Select(entry => $"{entry.Key} {Encoding.UTF8.GetString(entry.Value.Span)}"));
        Assert.Equal(stored.Spec.GetRawText(), Defaults.Apply(stored).Spec.GetRawText());
    }

    [Fact]
    public void A_manifest_of_a_secret_is_read_in_its_own_layout()
    {
        var content = ManifestReader.Read(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: bgp, namespace: kube-system}\ntype: Opaque\nstringData: {password: swordfish}\n");

        var secret = Assert.Single(content.Resources);
        Assert.Equal(new ResourceKey(Kinds.Secret, "bgp", "kube-system"), secret.Key);
        Assert.Equal("""{"type":"Opaque","stringData":{"password":"swordfish"}}""", secret.Spec.GetRawText());
    }

    [Theory]
    [InlineData("""{"data":{"k":"sword fish!"}}""", "data.k", "must be base64; plain text stands in stringData")]
    [InlineData("""{"data":{"k":"<redacted, 9 bytes>"}}""", "data.k", "must be base64; plain text stands in stringData")]
    [InlineData("""{"data":{"k":12345}}""", "data.k", "must be base64; plain text stands in stringData")]
    [InlineData("""{"stringData":{"k":12345}}""", "stringData.k", "must be text; put it in quotes")]
    [InlineData("""{"data":"c3dvcmQ="}""", "data", "must be an object of keys and values")]
    [InlineData("""{"type":["swordfish"]}""", "type", "must be text")]
    [InlineData("""{"datas":{"k":"swordfish"}}""", "datas", "a Secret has data, stringData, type and immutable only")]
    public void A_broken_secret_is_refused_without_quoting_it(string spec, string field, string reason) => Assert.Equal(
        [new FieldError(field, "<redacted>", reason)],
        Validation.Check(Of(Kinds.Secret, "bgp", spec, space: "a")).Errors.AsEnumerable());

    [Fact]
    public void A_key_with_a_space_is_refused() => Assert.Equal(
        "error with field data = 'a b' (a key consists of alphanumeric characters, '-', '_' or '.', at most 253)",
        Validation.Check(Of(Kinds.Secret, "bgp", """{"stringData":{"a b":""}}""", space: "a")).ToString());

    [Fact]
    public void More_than_a_mebibyte_is_refused()
    {
        var spec = JsonSerializer.Serialize(new { stringData = new { k = new string('x', 1024 * 1024 + 1) } });

        Assert.Equal(
            "error with field data = '<redacted>' (the values have more than 1 MiB together)",
            Validation.Check(Of(Kinds.Secret, "bgp", spec, space: "a")).ToString());
    }

    [Fact]
    public void Printing_a_secret_shows_no_value()
    {
        var resource = Of(Kinds.Secret, "bgp", """{"data":{"k":"c3dvcmRmaXNo"},"stringData":{"n":"sword fish"}}""", space: "a");

        Assert.Equal(
            "Resource { Key = Secret(a/bgp), Revision = 0, Uid = , Spec = "
            + """{"data":{"k":"\u003Credacted, 9 bytes\u003E"},"stringData":{"n":"\u003Credacted, 10 bytes\u003E"}} }""",
            resource.ToString());
        Assert.Equal("Secret(a/bgp): k, n", KubeSecret.From(resource).ToString());
    }

    [Fact]
    public void A_redacted_secret_keeps_its_shape_alone()
    {
        var resource = Of(
            Kinds.Secret, "bgp", """{"data":{"k":"c3dvcmRmaXNo","e":""},"type":"T","immutable":true,"other":"swordfish"}""", space: "a") with
        {
            Annotations = Resource.EmptyMap
                .Add("kubectl.kubernetes.io/last-applied-configuration", """{"stringData":{"k":"swordfish"}}""").Add("a", "b"),
        };

        Assert.Equal(
            """
            apiVersion: v1
            data:
              e: <redacted, 0 bytes>
              k: <redacted, 9 bytes>
            immutable: true
            kind: Secret
            metadata:
              annotations:
                a: b
                kubectl.kubernetes.io/last-applied-configuration: <redacted>
              name: bgp
              namespace: a
            other: <redacted>
            type: T

            """,
            ManifestWriter.Write(KubeSecret.Redact(resource), ManifestFormat.Yaml));
    }
}
