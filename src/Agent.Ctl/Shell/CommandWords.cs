using System.Text;

namespace Agent.Ctl.Shell;

/// <summary>Takes a line apart into words: blanks part them, quotes and backslashes keep blanks in a word, as in
/// sh.</summary>
internal static class CommandWords
{
    /// <summary>The words of the line.</summary>
    /// <exception cref="CommandFailedException">A quote is not closed.</exception>
    internal static string[] Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, inWord) = ('\0', false);
        for (var at = 0; at < line.Length; at++)
        {
            var letter = line[at];
            if (quote != '\0' && letter == quote) quote = '\0';
            else if (quote == '\0' && letter is '"' or '\'' && quote == '\0') (quote, inWord) = (letter, true);
            else if (letter == '\\' && quote != '\'' && at + 1 < line.Length) (_, inWord) = (word.Append(line[++at]), true);
            else if (letter == ' ' && quote == '\0') End();
            else (_, inWord) = (word.Append(letter), true);
        }

        if (quote != '\0') throw new CommandFailedException($"the quote {quote} is not closed");
        End();
        return [.. words];

        void End()
        {
            if (inWord) words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }
}
