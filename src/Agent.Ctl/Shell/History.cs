namespace Agent.Ctl.Shell;

/// <summary>The lines that were entered, the latest last, kept in a file of the user between shells.</summary>
/// <remarks>A file that cannot be written costs the history of this shell, nothing else; the user is told
/// once.</remarks>
internal sealed class History
{
    private const int Most = 1000;

    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <summary>Reads the file; null keeps nothing.</summary>
    /// <exception cref="CommandFailedException">The file is there and cannot be read.</exception>
    internal History(string? path)
    {
        _path = path;
        if (path is null || !File.Exists(path)) return;
        try
        {
            _lines.AddRange(File.ReadLines(path).TakeLast(Most));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                $"the history {path} cannot be read: {error.Message}; make it readable, or set AGENTCTL_HISTORY");
        }
    }

    /// <summary>How many lines there are.</summary>
    internal int Count => _lines.Count;

    /// <summary>A line, 0 the oldest.</summary>
    internal string this[int index] => _lines[index];

    /// <summary>Adds a line, unless it is empty or a repetition.</summary>
    internal void Add(string line)
    {
        if (line.Length == 0 || (_lines.Count > 0 && _lines[^1] == line)) return;
        _lines.Add(line);
        if (_lines.Count > Most) _lines.RemoveAt(0);
    }

    /// <summary>Writes the file, readable by its owner alone; gives what went wrong.</summary>
    internal string? Save()
    {
        if (_path is null) return null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(_path)) is { } folder) Directory.CreateDirectory(folder);
            using (var file = new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            using (var text = new StreamWriter(file))
                foreach (var line in _lines) text.WriteLine(line);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the history {_path} was not kept: {error.Message}";
        }
    }
}
