using Agent.Ctl.Shell;
using Agent.Datastore;
using Agent.Datastore.PostgreSql;
using Agent.Datastore.Sqlite;
using Agent.Ipc;
using Agent.PostgreSql;

namespace Agent.Ctl;

/// <summary>Everything outside that a command may touch; tests put their own in its place.</summary>
internal sealed record Surroundings
{
    private static readonly TimeSpan AgentDeadline = TimeSpan.FromSeconds(10);

    // A node leaves once it has handed over its shards, and its agent waits for that up to a minute.
    private static readonly TimeSpan LeaveDeadline = TimeSpan.FromSeconds(70);

    /// <summary>Results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and warnings.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What <c>-f -</c> reads.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Gives an environment variable, or null.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Opens the datastore that a path or an address names.</summary>
    public required Func<string, Task<IDatastore>> OpenDatastore { get; init; }

    /// <summary>Asks the agent that listens on a socket.</summary>
    public required Func<string, IpcRequest, CancellationToken, Task<IpcReply>> AskAgent { get; init; }

    /// <summary>Follows an answer of the agent that listens on a socket, part by part.</summary>
    public required Func<string, IpcRequest, CancellationToken, IAsyncEnumerable<IpcReply>> FollowAgent { get; init; }

    /// <summary>Waits between two tries of a write.</summary>
    public required Func<TimeSpan, CancellationToken, Task> Pause { get; init; }

    /// <summary>The terminal of an interactive shell; null where input or output is a file or a pipe.</summary>
    public ITerminal? Terminal { get; init; }

    /// <summary>Ages and local times.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>True for root.</summary>
    public required bool IsRoot { get; init; }

    /// <summary>Those of this process.</summary>
    internal static Surroundings OfProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        Input = Console.In,
        Variable = Environment.GetEnvironmentVariable,
        OpenDatastore = async place => PostgresAddress.IsUrl(place)
            ? await PostgresDatastore.OpenAsync(place, new PostgresDatastoreOptions())
            : await SqliteDatastore.OpenAsync(place, new SqliteDatastoreOptions()),
        AskAgent = (path, request, cancellation) => IpcClient.AskAsync(
            path, request, request is IpcRequest.ClusterLeave ? LeaveDeadline : AgentDeadline, cancellation),
        FollowAgent = (path, request, cancellation) =>
            IpcClient.FollowAsync(path, request, AgentDeadline, cancellation),
        Pause = Task.Delay,
        Terminal = Console.IsInputRedirected || Console.IsOutputRedirected ? null : new ConsoleTerminal(),
        Clock = TimeProvider.System,
        IsRoot = Environment.IsPrivilegedProcess,
    };
}

/// <summary>A command cannot go on; the message is all that the user sees, and the exit code is 1.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
