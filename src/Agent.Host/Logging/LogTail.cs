using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Agent.Ipc;
using Microsoft.Extensions.Logging;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Agent.Host.Logging;

/// <summary>The last lines of the log, and a live copy for each who follows it (<c>agentctl log peek</c>).</summary>
/// <remarks>Memory is bounded: <see cref="Kept"/> lines of the past, and as many for each follower. A follower that
/// reads too slowly misses lines and is told how many; nobody who logs ever waits.</remarks>
internal sealed class LogTail : ILoggerProvider
{
    /// <summary>So many lines are kept.</summary>
    public const int Kept = 1000;

    private const int MostInPart = 200;

    private readonly Lock _lock = new();
    private readonly Queue<(Level Level, LogLine Line)> _past = new();
    private readonly List<Follower> _followers = [];

    /// <summary>Takes a line.</summary>
    public void Add(Level level, DateTimeOffset time, string logger, string text)
    {
        var line = new LogLine(time, LogLevels.WordOf(level), logger, text);
        lock (_lock)
        {
            if (_past.Count == Kept) _past.Dequeue();
            _past.Enqueue((level, line));
            foreach (var follower in _followers) follower.Take(level, line);
        }
    }

    /// <summary>Gives the past that is asked for, and then what comes, until it is cancelled.</summary>
    public async IAsyncEnumerable<IpcReply> ReadAsync(
        IpcRequest.LogPeek peek, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (peek.Level is not null && LogLevels.Parse(peek.Level) is null)
        {
            yield return new IpcReply.Error(
                $"there is no log level '{peek.Level}': debug, info, warning, error or critical");
            yield break;
        }

        var follower = new Follower(peek.Level is null ? Level.Trace : LogLevels.Parse(peek.Level)!.Value);
        LogLine[] past;
        lock (_lock)
        {
            past = [.. _past.Where(each => each.Level >= follower.Least).Select(each => each.Line)
                .TakeLast(Math.Max(0, peek.Last))];
            if (peek.Follow) _followers.Add(follower);
        }

        try
        {
            foreach (var part in past.Chunk(MostInPart)) yield return new IpcReply.LogLines(part);
            while (peek.Follow && await follower.WaitAsync(cancellation)) yield return follower.Give(MostInPart);
        }
        finally
        {
            lock (_lock) _followers.Remove(follower);
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose() { }

    private sealed class Follower(Level least)
    {
        private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(Kept);
        private long _dropped;

        public Level Least { get; } = least;

        public void Take(Level level, LogLine line)
        {
            if (level >= Least && !_lines.Writer.TryWrite(line)) Interlocked.Increment(ref _dropped);
        }

        public ValueTask<bool> WaitAsync(CancellationToken cancellation) =>
            _lines.Reader.WaitToReadAsync(cancellation);

        public IpcReply.LogLines Give(int most)
        {
            var dropped = Interlocked.Exchange(ref _dropped, 0);
            var lines = new List<LogLine>();
            while (lines.Count < most && _lines.Reader.TryRead(out var line)) lines.Add(line);
            return new IpcReply.LogLines(lines, dropped);
        }
    }

    /// <summary>What the host logs itself; what actors log is added under their paths.</summary>
    private sealed class Logger(LogTail tail, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(Level logLevel) => name != AgentLog.Actors;

        public void Log<TState>(
            Level logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                tail.Add(logLevel, TimeProvider.System.GetUtcNow(), name,
                    AgentLog.WithCause(formatter(state, exception), exception));
            }
        }
    }
}
