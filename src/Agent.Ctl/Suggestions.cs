using System.CommandLine;

namespace Agent.Ctl;

/// <summary>What a user who mistyped a verb or a flag may have meant.</summary>
internal static class Suggestions
{
    private const int Farthest = 3;

    /// <summary>For each word that nothing knows, the nearest verbs or flags of the command it was given to; none where
    /// nothing is near.</summary>
    internal static IEnumerable<string> For(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (var word in parsed.UnmatchedTokens)
        {
            IEnumerable<string> known = word.StartsWith('-')
                ? command.Options.Select(option => option.Name)
                : command.Subcommands.Select(verb => verb.Name);
            var near = known.Select(each => (Name: each, Distance: Distance(word, each)))
                .Where(each => each.Distance <= Math.Min(Farthest, each.Name.Length / 2))
                .OrderBy(each => each.Distance).ThenBy(each => each.Name, StringComparer.Ordinal)
                .Select(each => each.Name).Take(3).ToArray();
            if (near.Length > 0) yield return $"'{word}' is unknown; did you mean {string.Join(" or ", near)}?";
        }
    }

    /// <summary>How many letters must be put in, taken out or exchanged to make one word of the other
    /// (Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        var before = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var now = new int[other.Length + 1];
            now[0] = i + 1;
            for (var j = 0; j < other.Length; j++)
            {
                var exchanged = before[j] + (one[i] == other[j] ? 0 : 1);
                now[j + 1] = Math.Min(exchanged, Math.Min(before[j + 1], now[j]) + 1);
            }

            before = now;
        }

        return before[^1];
    }
}
