using System.Globalization;
using System.Threading.Channels;
using Agent.Actors.Bgp;

namespace Agent.Host.Bootstrap;

/// <summary>Recordings of BGP sessions as files in one folder, each named after its session and the time:
/// <c>Global_10_0_0_1-20260101T120000Z.steps</c>.</summary>
/// <remarks>The format is that of <c>docs/develop/conformance.md</c>. Files are the owner's alone: they hold all that
/// the peer said.</remarks>
internal sealed class SessionRecordingFiles(string folder, TimeProvider time) : ISessionRecordings
{
    public Task<ISessionRecording> BeginAsync(string peer)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{peer}-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.steps");
        var path = Path.Combine(folder, name);
        try
        {
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
            var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = Owner,
            });
            return Task.FromResult<ISessionRecording>(new Recording(path, new StreamWriter(stream)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Task.FromException<ISessionRecording>(
                new IOException($"the session cannot be recorded to {path}: {error.Message}", error));
        }
    }

    private sealed class Recording : ISessionRecording
    {
        private readonly Channel<string> _lines =
            Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

        public Recording(string path, StreamWriter writer)
        {
            Location = path;
            _ = WriteAsync(writer);
        }

        public string Location { get; }

        public void Append(string lines) => _lines.Writer.TryWrite(lines);

        public void Dispose() => _lines.Writer.TryComplete();

        /// <summary>Writes what comes until the recording is complete. A full disk ends it early: the session is worth
        /// more than its recording.</summary>
        private async Task WriteAsync(StreamWriter writer)
        {
            try
            {
                await using (writer)
                {
                    while (await _lines.Reader.WaitToReadAsync())
                    {
                        while (_lines.Reader.TryRead(out var lines)) await writer.WriteAsync(lines);
                        await writer.FlushAsync();
                    }
                }
            }
            catch (IOException)
            {
                _lines.Writer.TryComplete();
            }
        }
    }
}
