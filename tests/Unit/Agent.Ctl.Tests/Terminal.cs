using Agent.Datastore;
using Agent.Ipc;
using Agent.Resources;

namespace Agent.Ctl.Tests;

/// <summary>What one command line gave.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    internal static Outcome Ok(string output) => new(0, output, "");

    internal static Outcome Failed(string errors) => new(1, "", errors);
}

/// <summary>agentctl in this process, over a datastore in memory, at noon UTC of a fixed day.</summary>
internal sealed class Terminal
{
    private readonly Random _random = new(1);

    internal Terminal() => Store = new InMemoryDatastore(Clock, _random);

    internal FixedClock Clock { get; } = new();

    internal InMemoryDatastore Store { get; }

    internal Dictionary<string, string> Variables { get; } = [];

    internal IpcReply Reply { get; set; } = new IpcReply.Done();

    /// <summary>Answers each request by itself, in place of <see cref="Reply"/>.</summary>
    internal Func<IpcRequest, IpcReply>? Answer { get; set; }

    /// <summary>The parts of an answer that comes in parts.</summary>
    internal List<IpcReply> Parts { get; } = [];

    internal List<string> Opened { get; } = [];

    internal List<(string Socket, IpcRequest Request)> Asked { get; } = [];

    internal int Pauses { get; private set; }

    internal bool IsRoot { get; set; } = true;

    /// <summary>Takes what is printed, in place of what the outcome shows.</summary>
    internal TextWriter? Output { get; set; }

    internal Exception? Unreachable { get; set; }

    /// <summary>Runs before each write of the command, to be somebody who is faster.</summary>
    internal Func<string, Task>? Meanwhile { get; set; }

    internal Task<Outcome> RunAsync(string line, string input = "") => RunAsync(line.Split(' '), input);

    internal async Task<Outcome> RunAsync(string[] args, string input = "")
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        using var stdin = new StringReader(input);
        var exitCode = await CommandLine.RunAsync(args, new Surroundings
        {
            Output = Output ?? output,
            Error = errors,
            Input = stdin,
            Variable = name => Variables.GetValueOrDefault(name),
            OpenDatastore = path =>
            {
                Opened.Add(path);
                return Unreachable is null
                    ? Task.FromResult<IDatastore>(new InterceptedDatastore(Store, new Interception(request => Meanwhile?.Invoke(request))))
                    : Task.FromException<IDatastore>(Unreachable);
            },
            AskAgent = (socket, request, _) =>
            {
                Asked.Add((socket, request));
                return Unreachable is null ? Task.FromResult(Answer?.Invoke(request) ?? Reply) : Task.FromException<IpcReply>(Unreachable);
            },
            FollowAgent = (socket, request, _) =>
            {
                Asked.Add((socket, request));
                return Parts.ToAsyncEnumerable();
            },
            Pause = (_, _) =>
            {
                Pauses++;
                return Task.CompletedTask;
            },
            Clock = Clock,
            IsRoot = IsRoot,
        });
        return new Outcome(exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Puts a manifest into the datastore as the agent would, past the command line.</summary>
    internal async Task PutAsync(string manifest)
    {
        var content = ManifestReader.Read(manifest);
        Assert.Empty(content.Errors);
        foreach (var resource in content.Resources) Assert.IsType<WriteResult.Written>(await Store.CreateAsync(resource));
    }

    private sealed class Interception(Func<string, Task?> meanwhile) : IDatastoreInterceptor
    {
        public Task RequestAsync(string request) => meanwhile(request) ?? Task.CompletedTask;

        public Task AnswerAsync(string request) => Task.CompletedTask;

        public void Events(Action delivery) => delivery();
    }
}

/// <summary>A clock that stands until it is set.</summary>
internal sealed class FixedClock : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = new(2022, 2, 10, 12, 0, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Makes trailing spaces visible in expected texts.</summary>
internal static class Visible
{
    /// <summary>The text with <c>·</c> for a space and a line end after the last line.</summary>
    internal static string Lines(string text) => text.Replace('·', ' ') + "\n";
}
