using System.Text;
using Agent.Actors.Bgp;

namespace Agent.Conformance.Tests.Support;

/// <summary>Recordings that are kept in memory.</summary>
internal sealed class MemoryRecordings : ISessionRecordings
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();

    /// <summary>What was recorded, line by line.</summary>
    public string[] Lines
    {
        get
        {
            lock (_gate) return _text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>True once a recording was completed.</summary>
    public bool IsComplete { get; private set; }

    public Task<ISessionRecording> BeginAsync(string peer) => Task.FromResult<ISessionRecording>(new Recording(this, peer));

    private sealed class Recording(MemoryRecordings all, string peer) : ISessionRecording
    {
        public string Location => $"memory of {peer}";

        public void Append(string lines)
        {
            lock (all._gate) all._text.Append(lines);
        }

        public void Dispose() => all.IsComplete = true;
    }
}
