namespace Agent.Ctl.Shell;

/// <summary>How a line ended.</summary>
internal enum LineEnd
{
    /// <summary>Enter.</summary>
    Entered,

    /// <summary>Ctrl-C: the line is thrown away.</summary>
    Abandoned,

    /// <summary>Ctrl-D on an empty line: the user leaves.</summary>
    Left,
}

/// <summary>Keys in, characters out; tests put their own in its place.</summary>
internal interface ITerminal
{
    /// <summary>How many characters a row holds.</summary>
    int Width { get; }

    /// <summary>Waits for a key.</summary>
    ConsoleKeyInfo ReadKey();

    /// <summary>Writes text and control sequences.</summary>
    void Write(string text);
}

/// <summary>Reads lines from a terminal with editing as in GNU Readline, history and completion.</summary>
/// <remarks>
/// Draws with the few sequences that every terminal of the last forty years knows (ECMA-48: cursor, erase). A line
/// longer
/// than the row is shown in part, around the cursor, so that it never wraps.
/// </remarks>
internal sealed class LineEditor(
    ITerminal terminal, History history, Func<string, int, IReadOnlyList<string>> complete)
{
    private const string EraseLine = "\u001b[K";

    private readonly LineBuffer _line = new();
    private string _prompt = "";
    private string _kept = "";
    private int _at;

    /// <summary>Reads one line.</summary>
    internal (LineEnd End, string Line) Read(string prompt)
    {
        (_prompt, _at, _kept) = (prompt, history.Count, "");
        _line.Set("");
        while (true)
        {
            Draw();
            var key = terminal.ReadKey();
            var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            switch (key.Key)
            {
                case ConsoleKey.Enter: return End(LineEnd.Entered, "\r\n");
                case ConsoleKey.J or ConsoleKey.M when control: return End(LineEnd.Entered, "\r\n");
                case ConsoleKey.C when control: return End(LineEnd.Abandoned, "^C\r\n");
                case ConsoleKey.D when control && _line.Text.Length == 0: return End(LineEnd.Left, "\r\n");
                case ConsoleKey.Tab: Complete(); break;
                case ConsoleKey.UpArrow: Walk(-1); break;
                case ConsoleKey.P when control: Walk(-1); break;
                case ConsoleKey.DownArrow: Walk(1); break;
                case ConsoleKey.N when control: Walk(1); break;
                case ConsoleKey.L when control: terminal.Write("\u001b[H\u001b[2J"); break;
                case ConsoleKey.R when control: Search(); break;
                default:
                    if (!_line.Take(key)) terminal.Write("\a");
                    break;
            }
        }
    }

    private (LineEnd End, string Line) End(LineEnd end, string mark)
    {
        var text = _line.Text;
        terminal.Write(mark);
        if (end == LineEnd.Entered) history.Add(text.Trim());
        return (end, end == LineEnd.Entered ? text : "");
    }

    private void Draw()
    {
        var room = Math.Max(10, terminal.Width - _prompt.Length - 1);
        var first = Math.Max(0, _line.Cursor - room + 1);
        var shown = _line.Text.Substring(first, Math.Min(room, _line.Text.Length - first));
        terminal.Write($"\r{_prompt}{shown}{EraseLine}\r\u001b[{_prompt.Length + _line.Cursor - first}C");
    }

    /// <summary>The line before or behind in the history; behind the last stands what was being typed.</summary>
    private void Walk(int step)
    {
        var next = _at + step;
        if (next < 0 || next > history.Count) return;
        if (_at == history.Count) _kept = _line.Text;
        _at = next;
        _line.Set(next == history.Count ? _kept : history[next]);
    }

    /// <summary>Ctrl-R: the latest line with what is typed in it; Ctrl-R again looks further back.</summary>
    private void Search()
    {
        var sought = _line.Text;
        for (var at = Math.Min(_at, history.Count) - 1; at >= 0; at--)
        {
            if (!history[at].Contains(sought, StringComparison.Ordinal) || history[at] == sought) continue;
            _at = at;
            _line.Set(history[at]);
            return;
        }

        terminal.Write("\a");
    }

    /// <summary>Completes as far as all candidates agree; lists them where they do not.</summary>
    private void Complete()
    {
        var start = _line.Text.LastIndexOf(' ', Math.Max(0, _line.Cursor - 1), _line.Cursor) + 1;
        var word = _line.Text[start.._line.Cursor];
        string[] candidates =
        [
            .. complete(_line.Text, _line.Cursor).Where(each => each.StartsWith(word, StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        if (candidates.Length == 0)
        {
            terminal.Write("\a");
            return;
        }

        var common = candidates.Aggregate(static (left, right) =>
            left[..left.Zip(right).TakeWhile(static pair => pair.First == pair.Second).Count()]);
        if (common.Length > word.Length || candidates.Length == 1)
        {
            _line.Insert(common[word.Length..] + (candidates.Length == 1 ? " " : ""));
            return;
        }

        terminal.Write("\r\n");
        foreach (var row in Rows(candidates)) terminal.Write(row + "\r\n");
    }

    private IEnumerable<string> Rows(string[] words)
    {
        var width = words.Max(static word => word.Length) + 2;
        return words.Chunk(Math.Max(1, (terminal.Width - 1) / width))
            .Select(row => string.Concat(row.Select(word => word.PadRight(width))).TrimEnd());
    }
}

/// <summary>The terminal of this process.</summary>
internal sealed class ConsoleTerminal : ITerminal
{
    /// <inheritdoc/>
    public int Width => Console.WindowWidth > 0 ? Console.WindowWidth : 80;

    /// <inheritdoc/>
    public ConsoleKeyInfo ReadKey()
    {
        // While a line is edited Ctrl-C is a key; while a command runs it is a signal.
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    /// <inheritdoc/>
    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }
}
