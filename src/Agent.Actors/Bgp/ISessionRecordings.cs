namespace Agent.Actors.Bgp;

/// <summary>Where live sessions are recorded. A port: the agent has files, a test has memory.</summary>
public interface ISessionRecordings
{
    /// <summary>Begins an empty recording.</summary>
    /// <param name="peer">The session's name, for the recording's.</param>
    /// <exception cref="IOException">It cannot be written; the message says where and why.</exception>
    Task<ISessionRecording> BeginAsync(string peer);
}

/// <summary>A recording that is being written; disposing it completes it.</summary>
public interface ISessionRecording : IDisposable
{
    /// <summary>Where it is: a file's path.</summary>
    string Location { get; }

    /// <summary>Appends lines, in order. Never blocks: they are written behind the caller's back.</summary>
    void Append(string lines);
}
