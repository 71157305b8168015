using System.Text;
using Agent.Bgp.Session;

namespace Agent.Bgp.Recordings;

/// <summary>Writes what happens to a live session as the text of a <see cref="Recording"/>, from its first input
/// on.</summary>
/// <remarks>
/// The owner calls it before each step with the input and after it with the effects. Past
/// <see cref="MostCharacters"/> it writes a comment and nothing more, so that a forgotten recorder fills no disk.
/// </remarks>
/// <param name="peer">The session; its seed is that of the chance that the session was given.</param>
/// <param name="append">Takes whole lines of the text, each with its line feed.</param>
public sealed class SessionRecorder(RecordedPeer peer, Action<string> append)
{
    /// <summary>How long a recording becomes at most.</summary>
    public const long MostCharacters = 256L * 1024 * 1024;

    private readonly StringBuilder _lines = new();
    private long _written;
    private bool _begun;

    /// <summary>An input of the session.</summary>
    public void Write(TimeSpan at, SessionInput input) => Write(at, new RecordedInput.Happened(input));

    /// <summary>Bytes for the session.</summary>
    public void Write(TimeSpan at, ConnectionId connection, ReadOnlySpan<byte> bytes) =>
        Write(at, new RecordedInput.Received(connection, [.. bytes]));

    /// <summary>What the session did about the input before.</summary>
    public void Write(IReadOnlyList<SessionEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        foreach (var effect in effects)
            foreach (var line in EffectText.Lines(effect)) WriteLine(Recording.Indent + line);
        append(_lines.ToString());
        _lines.Clear();
    }

    private void Write(TimeSpan at, RecordedInput input)
    {
        if (!_begun)
        {
            _begun = true;
            WriteLine(SettingsText.Line(peer));
        }

        foreach (var line in InputText.Lines(at, peer.Name, input)) WriteLine(line);
    }

    private void WriteLine(string line)
    {
        if (_written > MostCharacters) return;
        _written += line.Length + 1;
        _lines.Append(_written > MostCharacters ? "# the recording ends here: it has become too long" : line)
            .Append('\n');
    }
}
