using System.Diagnostics;
using Agent.Ctl.Shell;
using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary><c>agentctl shell</c>: the line editor key by key, commands from a pipe, and the whole at a pseudo-terminal.</summary>
public sealed class ShellTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("shell-");

    [Theory]
    [InlineData("bgp peers\r", "bgp peers")]
    [InlineData("pgp<Left><Left><Left><Delete>b<End> peers\r", "bgp peers")]
    [InlineData("bgp neighbors<Ctrl+W>peers\r", "bgp peers")]
    [InlineData("peers<Ctrl+A>bgp \r", "bgp peers")]
    [InlineData("bgp routes<Ctrl+U><Ctrl+Y> all\r", "bgp routes all")]
    [InlineData("<Up>\r", "second")]
    [InlineData("<Up><Up><Down>\r", "second")]
    [InlineData("typed<Up><Down>\r", "typed")]
    [InlineData("fi<Ctrl+R>\r", "first")]
    [InlineData("bg<Tab>p<Tab>\r", "bgp peers ")]
    public void A_line_is_edited_as_in_readline(string keys, string line)
    {
        var history = new History(null);
        history.Add("first");
        history.Add("second");
        var editor = new LineEditor(new Keys(keys), history, (text, _) =>
            text.Contains(' ', StringComparison.Ordinal) ? ["peers", "summary"] : ["bgp", "get"]);

        Assert.Equal((LineEnd.Entered, line), editor.Read("> "));
    }

    [Theory]
    [InlineData("half a line<Ctrl+C>", LineEnd.Abandoned)]
    [InlineData("<Ctrl+D>", LineEnd.Left)]
    internal void Control_C_throws_the_line_away_and_control_D_leaves(string keys, LineEnd end) =>
        Assert.Equal((end, ""), new LineEditor(new Keys(keys), new History(null), (_, _) => []).Read("> "));

    [Fact]
    public void Candidates_that_disagree_are_listed()
    {
        var keys = new Keys("bgp <Tab><Ctrl+U><Ctrl+D>");

        new LineEditor(keys, new History(null), (_, _) => ["peers", "summary"]).Read("> ");

        Assert.Contains("peers    summary\r\n", keys.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_runs_one_command_a_line_and_tells_the_last_failure()
    {
        var terminal = new Terminal { Answer = request => request is IpcRequest.LogLevel ? new IpcReply.LogLevels("info", []) : new IpcReply.Error("no") };

        var outcome = await terminal.RunAsync("shell", "# a comment\nlog level\nbgp peers\nget \"ippools\nexit\nlog level\n");

        Assert.Equal(
            new Outcome(1, "LOGGER         LEVEL\n(all others)   info\n", "no\nthe quote \" is not closed\n"), outcome);
    }

    [Fact]
    public async Task Help_explains_from_a_pipe_too()
    {
        var outcome = await new Terminal().RunAsync("shell", "help\n");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Contains("  state              Shows and checks what is kept on disk", outcome.Output, StringComparison.Ordinal);
    }

    /// <summary>expect types as a user does: completion of a verb, Ctrl-C on a half line, a command, history, Ctrl-D.</summary>
    [Fact]
    public async Task At_a_terminal_it_completes_remembers_and_leaves()
    {
        var history = Path.Combine(_directory.FullName, "history");
        var script = Path.Combine(_directory.FullName, "script");
        await File.WriteAllTextAsync(script, $$"""
            set timeout 100
            proc want {text} {
              expect {
                -ex $text {}
                timeout { puts "no $text"; exit 3 }
                eof { puts "ended before $text"; exit 4 }
              }
            }
            spawn dotnet {{Path.Combine(AppContext.BaseDirectory, "agentctl.dll")}} shell --socket {{Path.Combine(_directory.FullName, "agent.sock")}}
            want "agentctl> "
            send "half a line\003"
            want "^C"
            want "agentctl> "
            send "vers\t"
            want "version "
            send -- "--client\r"
            want "Client Version:"
            want "agentctl> "
            send "\033OA"
            want "version --client"
            send "\025state \t\t"
            want "events  export  list    show    verify"
            send "\025bgp peers\r"
            want "agent is not running on this node"
            want "agentctl> "
            if {[exec cat {{history}}] ne "version --client\nbgp peers"} { puts "the history is not kept yet"; exit 5 }
            send "\004"
            expect eof
            exit [lindex [wait] 3]
            """);
        using var expect = Process.Start(new ProcessStartInfo("expect", [script])
        {
            RedirectStandardOutput = true,
            Environment = { ["AGENTCTL_HISTORY"] = history, ["TERM"] = "xterm" },
        })!;
        var screen = expect.StandardOutput.ReadToEndAsync();

        await expect.WaitForExitAsync().WaitAsync(Patience);

        Assert.True(expect.ExitCode == 0, await screen);
        Assert.Equal(["version --client", "bgp peers"], await File.ReadAllLinesAsync(history));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(history));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>Keys by script: letters as they are, others as <c>&lt;Ctrl+W&gt;</c>.</summary>
    private sealed class Keys(string script) : ITerminal
    {
        private int _at;

        public int Width => 80;

        public string Written { get; private set; } = "";

        public void Editing(bool isEditing) { }

        public ConsoleKeyInfo ReadKey()
        {
            if (script[_at] != '<')
            {
                var letter = script[_at++];
                return new ConsoleKeyInfo(letter, letter == '\r' ? ConsoleKey.Enter : default, false, false, false);
            }

            var end = script.IndexOf('>', _at);
            var name = script[(_at + 1)..end];
            _at = end + 1;
            var control = name.StartsWith("Ctrl+", StringComparison.Ordinal);
            var key = name switch
            {
                "Left" => ConsoleKey.LeftArrow,
                "Up" => ConsoleKey.UpArrow,
                "Down" => ConsoleKey.DownArrow,
                _ => Enum.Parse<ConsoleKey>(control ? name[5..] : name),
            };
            return new ConsoleKeyInfo('\0', key, false, false, control);
        }

        public void Write(string text) => Written += text;
    }
}
