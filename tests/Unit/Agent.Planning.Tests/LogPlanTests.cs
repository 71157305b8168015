using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

/// <summary>How much BGP logs: logSeverityScreen (spec calico-bgp 1.1, 7.4).</summary>
public sealed class LogPlanTests
{
    [Theory]
    [InlineData("Trace", LogSeverity.Debug)]
    [InlineData("debug", LogSeverity.Debug)]
    [InlineData("Info", LogSeverity.Info)]
    [InlineData("WARNING", LogSeverity.Warning)]
    [InlineData("Error", LogSeverity.Error)]
    [InlineData("Fatal", LogSeverity.Fatal)]
    public void Every_word_has_its_weight_in_any_case(string word, LogSeverity severity) =>
        Assert.Equal(severity, LogPlan.For(Snapshot(BgpSettings($"{{logSeverityScreen: {word}}}")), "a"));

    [Fact]
    public void A_node_s_own_severity_wins_over_the_cluster_s_and_without_either_there_is_none()
    {
        var snapshot = Snapshot(
            BgpSettings("{logSeverityScreen: Error}"), BgpSettings("{logSeverityScreen: Debug}", "node.a"), BgpSettings("{}", "node.b"));
        Assert.Equal(
            [LogSeverity.Debug, LogSeverity.Error, LogSeverity.Error], new[] { "a", "b", "c" }.Select(node => LogPlan.For(snapshot, node)));
        Assert.Null(LogPlan.For(Snapshot(BgpSettings("{}")), "a"));
    }
}
