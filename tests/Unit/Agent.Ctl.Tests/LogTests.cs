using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary><c>agentctl log peek</c>: lines, documents, and what a slow reader is told.</summary>
public sealed class LogTests
{
    private static readonly LogLine Line =
        new(new DateTimeOffset(2022, 2, 10, 12, 0, 0, 250, TimeSpan.Zero), "warning", "/user/node/bgp", "10.0.0.2 is gone");

    private readonly Terminal _terminal = new();

    public LogTests() => _terminal.Parts.AddRange(
    [
        new IpcReply.LogLines([Line]),
        new IpcReply.LogLines([Line with { Level = "info", Text = "10.0.0.2 is back" }], 7),
    ]);

    [Fact]
    public async Task The_last_lines_are_shown_and_what_was_missed_is_told_apart()
    {
        Assert.Equal(
            new Outcome(
                0,
                "2022-02-10T12:00:00.250Z warning  /user/node/bgp: 10.0.0.2 is gone\n"
                + "2022-02-10T12:00:00.250Z info     /user/node/bgp: 10.0.0.2 is back\n",
                "(7 lines were missed)\n"),
            await _terminal.RunAsync("log peek -n 5 --level info"));
        Assert.Equal(new IpcRequest.LogPeek(5, false, "info"), _terminal.Asked.Single().Request);
    }

    [Fact]
    public async Task Who_follows_is_told_that_the_agent_has_ended()
    {
        var outcome = await _terminal.RunAsync("log peek -f");

        Assert.Equal(
            (1, "(7 lines were missed)\nthe agent has ended, and its log with it; begin anew when it runs again\n"),
            (outcome.ExitCode, outcome.Errors));
        Assert.Equal(new IpcRequest.LogPeek(100, true), _terminal.Asked.Single().Request);
    }

    [Fact]
    public async Task As_JSON_each_line_is_an_object()
    {
        var outcome = await _terminal.RunAsync("log peek -o json");

        Assert.Equal(
            """{"time":"2022-02-10T12:00:00.25+00:00","level":"warning","logger":"/user/node/bgp","text":"10.0.0.2 is gone"}""",
            outcome.Output.Split('\n')[0]);
        Assert.Equal(new IpcRequest.LogPeek(100, false), _terminal.Asked.Single().Request);
    }
}
