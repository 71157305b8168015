namespace Agent.Ipc;

/// <content>What <c>agentctl actor</c> and <c>agentctl log</c> ask.</content>
public abstract partial record IpcRequest
{
    /// <summary>The actors at and below a path. Answered by <see cref="IpcReply.Actors"/>.</summary>
    /// <param name="Path">The path, such as <c>/user/node/bgp</c>; <c>/</c> for all.</param>
    /// <param name="Depth">How many generations below it; 0 for the actor alone.</param>
    public sealed record ActorTree(string Path, int Depth) : IpcRequest;

    /// <summary>What the agent logs. Answered by any number of <see cref="IpcReply.LogLines"/>.</summary>
    /// <param name="Last">At most so many lines of the past come first.</param>
    /// <param name="Follow">True for what is logged from now on, too.</param>
    /// <param name="Level">The least severe level that is wanted: debug, info, warning, error or critical; null for all
    /// that is logged.</param>
    public sealed record LogPeek(int Last, bool Follow, string? Level = null) : IpcRequest;

    /// <summary>Reads or changes what is logged. Answered by <see cref="IpcReply.LogLevels"/>.</summary>
    /// <param name="Level">The new level: debug, info, warning or error, or default to forget the logger's; null
    /// changes nothing.</param>
    /// <param name="Logger">Where: the beginning of an actor's path or a logger's name; null for everywhere
    /// else.</param>
    public sealed record LogLevel(string? Level = null, string? Logger = null) : IpcRequest;
}

/// <content>What <c>agentctl actor</c> and <c>agentctl log</c> are answered.</content>
public abstract partial record IpcReply
{
    /// <summary>Actors, parents before their children, children by name.</summary>
    public sealed record Actors(IReadOnlyList<ActorRow> Rows) : IpcReply;

    /// <summary>What was logged, in order.</summary>
    /// <param name="Lines">The lines.</param>
    /// <param name="Dropped">How many were left out before them, because the reader was too slow.</param>
    public sealed record LogLines(IReadOnlyList<LogLine> Lines, long Dropped = 0) : IpcReply;

    /// <summary>What is logged.</summary>
    /// <param name="Default">The level where no row says otherwise.</param>
    /// <param name="Loggers">Where another level holds.</param>
    public sealed record LogLevels(string Default, IReadOnlyList<LoggerLevel> Loggers) : IpcReply;
}

/// <summary>An actor as its runtime sees it.</summary>
/// <param name="Path">Its path, such as <c>/user/node/rib</c>.</param>
/// <param name="Type">The actor's class.</param>
/// <param name="State"><c>idle</c>, <c>busy</c> (messages wait or are handled), <c>suspended</c> or
/// <c>stopping</c>.</param>
/// <param name="Mailbox">How many messages wait.</param>
/// <param name="Restarts">How often it failed and began anew.</param>
/// <param name="Children">How many children it has.</param>
public sealed record ActorRow(string Path, string Type, string State, int Mailbox, long Restarts, int Children);

/// <summary>A line of the log.</summary>
/// <param name="Time">When.</param>
/// <param name="Level">debug, info, warning, error or critical.</param>
/// <param name="Logger">An actor's path, or a logger's name.</param>
/// <param name="Text">What.</param>
public sealed record LogLine(DateTimeOffset Time, string Level, string Logger, string Text);

/// <summary>The level of a part of the agent.</summary>
/// <param name="Logger">The beginning of actors' paths or loggers' names.</param>
/// <param name="Level">debug, info, warning or error.</param>
public sealed record LoggerLevel(string Logger, string Level);
