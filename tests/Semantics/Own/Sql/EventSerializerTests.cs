using System.Text;
using System.Text.Json;
using Agent.Journal.Contract;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Tests.Own.Sql;

public sealed class EventSerializerTests
{
    private readonly JsonEventSerializer _serializer = new JsonEventSerializer(JsonSerializerOptions.Web).Add<Deposited>("deposited");

    [Fact]
    public void A_payload_becomes_JSON_under_its_manifest_and_comes_back()
    {
        var serialized = _serializer.Serialize(new Deposited(5));
        Assert.Equal(("deposited", """{"amount":5}"""), (serialized.Manifest, Encoding.UTF8.GetString(serialized.Json.Span)));
        Assert.Equal(new Deposited(5), _serializer.Deserialize("deposited", serialized.Json.Span));
    }

    [Theory]
    [InlineData("withdrawn", "{}", "'withdrawn' is unknown")]
    [InlineData("deposited", "null", "'deposited' has the JSON value null")]
    [InlineData("deposited", """{"amount":"x"}""", "'deposited' does not fit Agent.Journal.Contract.Deposited")]
    [InlineData("deposited", "{", "'deposited' does not fit Agent.Journal.Contract.Deposited")]
    public void What_cannot_be_read_names_the_manifest(string manifest, string json, string message)
    {
        var thrown = Assert.Throws<InvalidDataException>(() => _serializer.Deserialize(manifest, Encoding.UTF8.GetBytes(json)));
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_cannot_be_read_back_is_a_fault_of_the_entry_too()
    {
        var serializer = new JsonEventSerializer(JsonSerializerOptions.Web).Add<Unreadable>("unreadable");
        var written = serializer.Serialize(new Unreadable(5));
        var thrown = Assert.Throws<InvalidDataException>(() => serializer.Deserialize(written.Manifest, written.Json.Span));
        Assert.Contains("'unreadable' does not fit", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_a_type_nor_a_manifest_is_registered_twice()
    {
        Assert.Throws<ArgumentException>(() => _serializer.Add<Balance>("deposited"));
        Assert.Throws<ArgumentException>(() => _serializer.Add<Deposited>("deposit"));
        Assert.Throws<NotSupportedException>(() => _serializer.Serialize(new Balance(1)));
    }

    // The parameter has the name of no member.
    private sealed class Unreadable(int cents)
    {
        public int Amount { get; } = cents;
    }
}
