using Agent.Host.LocalApi;
using Agent.Host.Logging;
using Agent.Host.Settings;
using Agent.Ipc;
using Agent.Planning;
using Agent.Runtime.Hosting;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Tests;

/// <summary>What <c>agentctl log</c> shows and changes.</summary>
public sealed class LogTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void The_longest_beginning_of_a_loggers_name_decides()
    {
        var levels = new LogLevels(LogLevel.Information);
        levels.Set("/user/node", LogLevel.Error);
        levels.Set("/user/node/bgp", LogLevel.Debug);

        Assert.True(levels.IsEnabled(Agent.Runtime.Event.LogLevel.DebugLevel, "akka://agent/user/node/bgp/Mesh_10_0_0_2"));
        Assert.False(levels.IsEnabled("/user/node/rib", LogLevel.Warning));
        Assert.True(levels.IsEnabled("agent", LogLevel.Information));

        levels.Set("/user/node", null);
        levels.Set(null, LogLevel.Warning);

        Assert.True(levels.IsEnabled("/user/node/rib", LogLevel.Warning));
        Assert.False(levels.IsEnabled("agent", LogLevel.Information));
        Assert.Equal("warning", levels.Describe().Default);
        Assert.Equal([new LoggerLevel("/user/node/bgp", "debug")], levels.Describe().Loggers);
    }

    [Fact]
    public void The_cluster_sets_the_level_of_BGP_until_somebody_here_sets_another()
    {
        var levels = new LogLevels(LogLevel.Information);
        levels.SetSeverity(LogSeverity.Error);
        Assert.Equal([false, false, true, true], EnabledAtWarning("/user/node/bgp/Mesh_10_0_0_2", "/user/node/rib", "/user/node/ipam", "agent"));
        Assert.Equal([new LoggerLevel("/user/node/bgp", "error"), new LoggerLevel("/user/node/rib", "error")], levels.Describe().Loggers);

        levels.Set("/user/node/bgp", LogLevel.Debug);
        Assert.Equal([true, false], EnabledAtWarning("/user/node/bgp/Mesh_10_0_0_2", "/user/node/rib"));
        Assert.Equal([new LoggerLevel("/user/node/bgp", "debug"), new LoggerLevel("/user/node/rib", "error")], levels.Describe().Loggers);

        levels.Set(null, LogLevel.Debug);
        Assert.True(levels.IsEnabled("/user/node/rib", LogLevel.Debug));

        levels.Set(null, null);
        levels.SetSeverity(null);
        Assert.True(levels.IsEnabled("/user/node/rib", LogLevel.Information));

        bool[] EnabledAtWarning(params string[] loggers) => [.. loggers.Select(logger => levels.IsEnabled(logger, LogLevel.Warning))];
    }

    [Fact]
    public void An_agent_that_is_set_to_log_everything_does_whatever_the_cluster_says()
    {
        var levels = new LogLevels(LogLevel.Debug);
        levels.SetSeverity(LogSeverity.Fatal);
        Assert.True(levels.IsEnabled("/user/node/bgp", LogLevel.Debug));
        Assert.Empty(levels.Describe().Loggers);
    }

    [Fact]
    public async Task An_actor_of_the_node_is_named_without_the_path_of_their_root()
    {
        using var log = new AgentLog(new AgentSettings());
        var world = new SeededWorld(1);
        var system = world.CreateSystem("agent");
        system.ActorOf(Props.Create(() => new Parent("rib")), "node");
        world.RunUntilIdle();
        var api = new ShellApi(system, log);

        foreach (var logger in new[] { "rib", "/user/node/bgp", "agent" })
            await api.Answer(new IpcRequest.LogLevel("debug", logger), default)!;
        await api.Answer(new IpcRequest.LogLevel("default", "rib"), default)!;
        Assert.Equal(["/user/node/bgp", "agent"], log.Levels.Describe().Loggers.Select(each => each.Logger));

        await api.Answer(new IpcRequest.LogLevel("debug", "rib"), default)!;
        Assert.True(log.Levels.IsEnabled("/user/node/rib", LogLevel.Debug));
    }

    [Fact]
    public async Task The_past_comes_first_and_only_what_is_severe_enough()
    {
        using var tail = new LogTail();
        for (var i = 0; i < LogTail.Kept + 5; i++) Add(tail, i % 2 == 0 ? LogLevel.Warning : LogLevel.Debug, i);

        var parts = await tail.ReadAsync(new IpcRequest.LogPeek(3, Follow: false, "warning"), default).ToListAsync();

        Assert.Equal(["1000", "1002", "1004"], Texts(parts));
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_is_told_how_much_it_missed()
    {
        using var tail = new LogTail();
        using var enough = new CancellationTokenSource();
        await using var parts = tail.ReadAsync(new IpcRequest.LogPeek(1, Follow: true), enough.Token).GetAsyncEnumerator();
        Add(tail, LogLevel.Information, 0);
        Assert.True(await parts.MoveNextAsync());

        for (var i = 0; i < LogTail.Kept + 7; i++) Add(tail, LogLevel.Information, i);
        Assert.True(await parts.MoveNextAsync());

        Assert.Equal(7, ((IpcReply.LogLines)parts.Current).Dropped);
        await enough.CancelAsync();
    }

    [Fact]
    public async Task An_unknown_level_is_refused()
    {
        using var tail = new LogTail();

        var parts = await tail.ReadAsync(new IpcRequest.LogPeek(1, Follow: true, "loud"), default).ToListAsync();

        Assert.Equal([new IpcReply.Error("there is no log level 'loud': debug, info, warning, error or critical")], parts);
    }

    private sealed class Parent : UntypedActor
    {
        public Parent(string child) => Context.ActorOf(Props.Create(() => new Parent()), child);

        public Parent() { }

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private static void Add(LogTail tail, LogLevel level, int number) => tail.Add(level, Now, "agent", $"{number}");

    private static IEnumerable<string> Texts(IEnumerable<IpcReply> parts) =>
        parts.Cast<IpcReply.LogLines>().SelectMany(part => part.Lines).Select(line => line.Text);
}
