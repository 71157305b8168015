using System.Globalization;

namespace Agent.Bgp.Recordings;

/// <summary>Reads the text of a <see cref="Recording"/>, line by line.</summary>
public sealed class RecordingReader
{
    private readonly List<string> _head = [];
    private readonly List<RecordedPeer> _peers = [];
    private readonly List<RecordedStep> _steps = [];
    private readonly List<string> _comments = [];
    private readonly List<string> _outputs = [];
    private RecordedRib? _rib;
    private int _number;

    private RecordingReader() { }

    /// <summary>Reads a text.</summary>
    /// <exception cref="RecordingException">A line is none of a recording; the message says which and why.</exception>
    public static Recording Read(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var reader = new RecordingReader();
        foreach (var line in lines) reader.Take(line);
        reader.FinishStep();
        if (reader._peers.Count == 0)
            throw new RecordingException("a recording needs a line 'peer NAME key=value ...'");
        return new Recording([.. reader._head], [.. reader._peers], reader._rib, [.. reader._steps]);
    }

    private void Take(string line)
    {
        _number++;
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return;
        if (words[0].StartsWith(';')) return;
        if (words[0].StartsWith('#')) TakeComment(line.TrimStart()[1..].Trim());
        else if (char.IsWhiteSpace(line[0])) TakeOutput(line.Trim());
        else if (words[0].StartsWith('@')) TakeInput(words);
        else TakeSetting(words);
    }

    private void TakeComment(string text)
    {
        if (_peers.Count == 0) _head.Add(text);
        else
        {
            FinishStep();
            _comments.Add(text);
        }
    }

    private void TakeOutput(string text)
    {
        if (_steps.Count == 0) throw Wrong("an effect must stand behind an input ('@0.000 NAME ...')");
        _outputs.Add(text);
    }

    private void TakeSetting(string[] words)
    {
        if (words[0] == "peer" && _steps.Count == 0)
        {
            if (!SettingsText.TryReadPeer(words.AsSpan(1), out var peer, out var complaint)) throw Wrong(complaint);
            _peers.Add(peer);
        }
        else if (words[0] == "rib" && _steps.Count == 0)
        {
            if (!SettingsText.TryReadRib(words.AsSpan(1), out _rib, out var complaint)) throw Wrong(complaint);
        }
        else throw Wrong("a line is a comment (#), a setting (peer, rib; before all inputs), an input (@) or an effect "
            + "(indented)");
    }

    private void TakeInput(string[] words)
    {
        FinishStep();
        if (words.Length < 3
            || !double.TryParse(words[0].AsSpan(1), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 0 or > 1e9)
            throw Wrong("an input is '@SECONDS NAME what happened'");
        if (!_peers.Exists(peer => peer.Name == words[1])) throw Wrong($"there is no line 'peer {words[1]} ...'");
        try
        {
            var input = InputText.Read(words[2], words.AsSpan(3));
            _steps.Add(new RecordedStep([.. _comments], TimeSpan.FromSeconds(seconds), words[1], input, []));
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw Wrong(error.Message);
        }

        _comments.Clear();
    }

    private void FinishStep()
    {
        if (_outputs.Count == 0) return;
        _steps[^1] = _steps[^1] with { Outputs = [.. _outputs] };
        _outputs.Clear();
    }

    private RecordingException Wrong(string complaint) =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {_number}: {complaint}"));
}
