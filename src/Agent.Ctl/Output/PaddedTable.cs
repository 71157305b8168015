namespace Agent.Ctl.Output;

/// <summary>The plain tables of <c>get</c>, in Calico's layout and in that of <c>kubectl</c>.</summary>
/// <remarks>
/// Calico pads every cell to its column's width plus 3 (at least 5), the last one too, and ends the table with a blank line.
/// <c>kubectl</c> pads to the width plus 3 (at least 6), leaves the last cell as it is, and ends with the last row.
/// </remarks>
internal static class PaddedTable
{
    private const int Gap = 3;
    private const int CalicoLeast = 5;
    private const int KubernetesLeast = 6;

    /// <summary>Prints in Calico's layout.</summary>
    internal static void WriteCalico(TextWriter output, IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows, bool noHeads = false)
    {
        var widths = Widths(heads, rows, CalicoLeast);
        foreach (var row in (noHeads ? rows : rows.Prepend(heads))) output.WriteLine(string.Concat(row.Select((cell, column) => cell.PadRight(widths[column]))));
        output.WriteLine();
    }

    /// <summary>Prints in <c>kubectl</c>'s layout.</summary>
    internal static void WriteKubernetes(TextWriter output, IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows, bool noHeads = false)
    {
        var widths = Widths(heads, rows, KubernetesLeast);
        foreach (var row in (noHeads ? rows : rows.Prepend(heads)))
        {
            var padded = row.Select((cell, column) => column == row.Count - 1 ? cell : cell.PadRight(widths[column]));
            output.WriteLine(string.Concat(padded));
        }
    }

    private static int[] Widths(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows, int least) =>
        [.. heads.Select((head, column) => Math.Max(least, rows.Select(row => row[column].Length).Append(head.Length).Max() + Gap))];
}
