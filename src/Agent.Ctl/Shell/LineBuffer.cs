namespace Agent.Ctl.Shell;

/// <summary>A line under edit: its text, the cursor, what was cut last. Pure: keys in, a new state out.</summary>
internal sealed class LineBuffer
{
    private string _cut = "";

    /// <summary>The text.</summary>
    internal string Text { get; private set; } = "";

    /// <summary>Where the next character goes, 0 to the text's length.</summary>
    internal int Cursor { get; private set; }

    /// <summary>Puts another text in place, with the cursor behind it.</summary>
    internal void Set(string text) => (Text, Cursor) = (text, text.Length);

    /// <summary>Puts text in at the cursor.</summary>
    internal void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    /// <summary>Takes a key that edits or moves, as GNU Readline's Emacs mode does; false for another.</summary>
    internal bool Take(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow: Cursor = control || alt ? WordBefore() : Math.Max(0, Cursor - 1); return true;
            case ConsoleKey.RightArrow:
                Cursor = control || alt ? WordBehind() : Math.Min(Text.Length, Cursor + 1);
                return true;
            case ConsoleKey.B when control: Cursor = Math.Max(0, Cursor - 1); return true;
            case ConsoleKey.F when control: Cursor = Math.Min(Text.Length, Cursor + 1); return true;
            case ConsoleKey.B when alt: Cursor = WordBefore(); return true;
            case ConsoleKey.F when alt: Cursor = WordBehind(); return true;
            case ConsoleKey.Home: Cursor = 0; return true;
            case ConsoleKey.A when control: Cursor = 0; return true;
            case ConsoleKey.End: Cursor = Text.Length; return true;
            case ConsoleKey.E when control: Cursor = Text.Length; return true;
            case ConsoleKey.Backspace: Remove(Math.Max(0, Cursor - 1), Cursor); return true;
            case ConsoleKey.H when control: Remove(Math.Max(0, Cursor - 1), Cursor); return true;
            case ConsoleKey.Delete: Remove(Cursor, Math.Min(Text.Length, Cursor + 1)); return true;
            case ConsoleKey.D when control: Remove(Cursor, Math.Min(Text.Length, Cursor + 1)); return true;
            case ConsoleKey.W when control: Cut(WordBefore(), Cursor); return true;
            case ConsoleKey.U when control: Cut(0, Cursor); return true;
            case ConsoleKey.K when control: Cut(Cursor, Text.Length); return true;
            case ConsoleKey.Y when control: Insert(_cut); return true;
        }

        if (control || alt || char.IsControl(key.KeyChar)) return false;
        Insert(key.KeyChar.ToString());
        return true;
    }

    private void Cut(int from, int to)
    {
        _cut = Text[from..to];
        Remove(from, to);
    }

    private void Remove(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        Cursor = from;
    }

    private int WordBefore()
    {
        var at = Cursor;
        while (at > 0 && Text[at - 1] == ' ') at--;
        while (at > 0 && Text[at - 1] != ' ') at--;
        return at;
    }

    private int WordBehind()
    {
        var at = Cursor;
        while (at < Text.Length && Text[at] == ' ') at++;
        while (at < Text.Length && Text[at] != ' ') at++;
        return at;
    }
}
