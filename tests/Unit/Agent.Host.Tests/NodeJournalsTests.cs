using Agent.Host.Bootstrap;
using Agent.Host.Settings;
using Agent.Runtime.Sql;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Tests;

/// <summary>Each start of the agent is recorded in its journal, and a journal from another machine is noticed.</summary>
public sealed class NodeJournalsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("journals-");
    private readonly LogLines _log = new();

    private AgentSettings Settings => new() { Journal = Path.Combine(_folder.FullName, "journal.db") };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_incarnation_rises_with_each_start_and_the_journal_stays_the_same()
    {
        var first = await StartAsync("machine");
        var second = await StartAsync("machine");
        var third = await StartAsync("machine");

        Assert.Equal(new JournalIdentity(first.JournalId, "machine", 1), first);
        Assert.Equal([first with { Incarnation = 2 }, first with { Incarnation = 3 }], new[] { second, third });
        using var reader = JournalReader.Open(Settings.Journal);
        Assert.Equal(third, reader.Identity);
        Assert.Equal(
            [
                $"Information created the journal {Settings.Journal} ({first.JournalId})",
                $"Information opened the journal {Settings.Journal} ({first.JournalId}, incarnation 2)",
                $"Information opened the journal {Settings.Journal} ({first.JournalId}, incarnation 3)",
            ],
            _log.Lines);
    }

    [Fact]
    public async Task A_journal_that_was_last_used_on_another_machine_is_an_error_with_the_remedy_and_said_once()
    {
        var there = await StartAsync("there");
        var here = await StartAsync("here");
        await StartAsync("here");

        Assert.Equal(there with { MachineId = "here", Incarnation = 2 }, here);
        Assert.Equal(
            $"Error the journal {Settings.Journal} was last used on the machine there, and this is the machine here. If it is a copy, or another "
            + "node's: stop this agent at once and move the journal aside, for two agents with one journal give out the same addresses. If the disk "
            + "was moved, or this machine got another /etc/machine-id, there is nothing to do",
            Assert.Single(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)));
    }

    private async Task<JournalIdentity> StartAsync(string machine)
    {
        using var journal = await NodeJournals.OpenAsync(Settings, machine, _log);
        return journal.Identity;
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel} {formatter(state, exception)}");
    }
}
