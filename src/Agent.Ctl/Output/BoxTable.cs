using System.Text.RegularExpressions;

namespace Agent.Ctl.Output;

/// <summary>The boxed tables of <c>node status</c> and <c>ipam</c>, as the table library of the labs' time drew
/// them.</summary>
/// <remarks>Heads are centred (the odd space goes right), plain numbers and percentages stand right, everything else
/// left.</remarks>
internal static partial class BoxTable
{
    /// <summary>Prints the box.</summary>
    internal static void Write(TextWriter output,
        IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. heads.Select((head, column) =>
            rows.Select(row => row[column].Length).Append(head.Length).Max())];
        var rule = $"+{string.Join('+', widths.Select(width => new string('-', width + 2)))}+";

        output.WriteLine(rule);
        output.WriteLine(Line(heads, widths, Centred));
        output.WriteLine(rule);
        foreach (var row in rows) output.WriteLine(Line(row, widths, Aligned));
        if (rows.Count > 0) output.WriteLine(rule);
    }

    private static string Line(IReadOnlyList<string> cells, int[] widths, Func<string, int, string> place) =>
        $"| {string.Join(" | ", cells.Select((cell, column) => place(cell, widths[column])))} |";

    private static string Centred(string text, int width) =>
        text.PadLeft(text.Length + (width - text.Length) / 2).PadRight(width);

    private static string Aligned(string text, int width) =>
        Number().IsMatch(text) ? text.PadLeft(width) : text.PadRight(width);

    [GeneratedRegex(@"^-?\d+(\.\d+)?%?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
