using System.Text.Json;

namespace Agent.Resources.Tests;

/// <summary>The condition of pools with an overlay, as <see cref="Defaults.Apply"/> writes it.</summary>
public sealed class PoolConditionTests
{
    private const string NotProgrammed =
        """{"type":"OverlayProgrammed","status":"False","reason":"NotSupported","message":"overlay not programmed yet"}""";

    private const string Other = """{"type":"Allocatable","status":"True"}""";

    [Theory]
    [InlineData("\"ipipMode\":\"Always\"")]
    [InlineData("\"ipipMode\":\"CrossSubnet\"")]
    [InlineData("\"vxlanMode\":\"Always\"")]
    [InlineData("\"vxlanMode\":\"CrossSubnet\"")]
    public void A_pool_with_an_overlay_says_that_it_is_not_programmed(string mode) =>
        Assert.Equal($$"""{"conditions":[{{NotProgrammed}}]}""", StatusOf(mode, null));

    [Theory]
    [InlineData("\"natOutgoing\":true")]
    [InlineData("\"ipipMode\":\"Never\",\"vxlanMode\":\"Never\"")]
    public void A_pool_without_an_overlay_has_no_status(string modes) => Assert.Equal("", StatusOf(modes, null));

    [Fact]
    public void Other_conditions_and_members_of_the_status_stay() => Assert.Equal(
        $$"""{"note":1,"conditions":[{{Other}},{{NotProgrammed}}]}""",
        StatusOf("\"ipipMode\":\"Always\"", $$"""{"note":1,"conditions":[{{Other}}]}"""));

    [Fact]
    public void The_condition_is_there_once_however_often_the_pool_is_written()
    {
        var once = Defaults.Apply(Pool("\"ipipMode\":\"Always\"", null));

        Assert.Equal($$"""{"conditions":[{{NotProgrammed}}]}""", TextOf(Defaults.Apply(once).Status));
    }

    [Fact]
    public void A_pool_set_back_to_Never_loses_the_condition_and_no_other()
    {
        Assert.Equal("", StatusOf("\"ipipMode\":\"Never\"", $$"""{"conditions":[{{NotProgrammed}}]}"""));
        Assert.Equal(
            $$"""{"conditions":[{{Other}}]}""", StatusOf("\"ipipMode\":\"Never\"", $$"""{"conditions":[{{NotProgrammed}},{{Other}}]}"""));
    }

    [Theory]
    [InlineData("""{"conditions":"none"}""")]
    [InlineData("""{"conditions":null}""")]
    [InlineData("[]")]
    public void A_status_of_another_form_is_replaced(string status) =>
        Assert.Equal($$"""{"conditions":[{{NotProgrammed}}]}""", StatusOf("\"ipipMode\":\"Always\"", status));

    [Theory]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"type":1}""")]
    public void A_condition_that_is_none_is_left_as_it_is(string odd) => Assert.Equal(
        $$"""{"conditions":[{{odd}},{{NotProgrammed}}]}""", StatusOf("\"ipipMode\":\"Always\"", $$"""{"conditions":[{{odd}}]}"""));

    private static Resource Pool(string modes, string? status) =>
        TypedTests.Of(Kinds.IPPool, "p", $$"""{"cidr":"10.0.0.0/16",{{modes}}}""", status);

    private static string StatusOf(string modes, string? status) => TextOf(Defaults.Apply(Pool(modes, status)).Status);

    /// <summary>The status as JSON, empty where there is none.</summary>
    private static string TextOf(JsonElement status) => status.ValueKind == JsonValueKind.Undefined ? "" : status.GetRawText();
}
