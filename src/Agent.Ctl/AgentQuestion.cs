using System.CommandLine;
using System.CommandLine.Completions;
using Agent.Ipc;

namespace Agent.Ctl;

/// <summary>Asks the agent of this node; what cannot be answered becomes the message that the user sees.</summary>
internal static class AgentQuestion
{
    /// <summary>Asks, and waits for the answer of that kind.</summary>
    /// <exception cref="CommandFailedException">The agent refused; the message is the agent's.</exception>
    /// <exception cref="AgentUnavailableException">There is no agent to ask.</exception>
    internal static async Task<T> AskAsync<T>(
        ParseResult parsed, Surroundings surroundings, IpcRequest request, CancellationToken cancellation)
        where T : IpcReply =>
        Expect<T>(
            await surroundings.AskAgent(Settings.Read(parsed, surroundings).SocketPath, request, cancellation), request);

    /// <summary>Gives the parts of an answer of that kind as they come.</summary>
    internal static async IAsyncEnumerable<T> FollowAsync<T>(
        ParseResult parsed, Surroundings surroundings, IpcRequest request,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        where T : IpcReply
    {
        var path = Settings.Read(parsed, surroundings).SocketPath;
        await foreach (var part in surroundings.FollowAgent(path, request, cancellation).WithCancellation(cancellation))
            yield return Expect<T>(part, request);
    }

    /// <summary>Completes an argument with words that the agent knows, unless it is given already and a word behind it is
    /// being completed. The help shows the argument's name: without one it would ask the agent, too, and list the
    /// words.</summary>
    internal static void CompleteFromAgent<T>(
        this Argument argument, Surroundings surroundings, IpcRequest request, Func<T, IEnumerable<string>> words)
        where T : IpcReply
    {
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(
            context => IsGiven(context, argument) ? [] : Words(context, surroundings, request, words));
    }

    private static bool IsGiven(CompletionContext context, Argument argument) =>
        context.ParseResult.GetResult(argument) is { Tokens: [var given, ..] } && given.Value != context.WordToComplete;

    // None where no agent answers: completion has no place to complain.
    private static IEnumerable<string> Words<T>(
        CompletionContext context, Surroundings surroundings, IpcRequest request, Func<T, IEnumerable<string>> words)
        where T : IpcReply
    {
        try
        {
            var answer = AskAsync<T>(context.ParseResult, surroundings, request, CancellationToken.None);
            return words(answer.GetAwaiter().GetResult())
                .Where(word => word.StartsWith(context.WordToComplete, StringComparison.Ordinal));
        }
        catch (Exception error) when (error is AgentUnavailableException or CommandFailedException)
        {
            return [];
        }
    }

    private static T Expect<T>(IpcReply reply, IpcRequest request) where T : IpcReply => reply switch
    {
        T wanted => wanted,
        IpcReply.Error error => throw new CommandFailedException(error.Message),
        _ => throw new CommandFailedException(
            $"the agent answered {request.GetType().Name} with {reply.GetType().Name}"),
    };
}
