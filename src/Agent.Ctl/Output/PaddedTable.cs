namespace Agent.Ctl.Output;

/// <summary>The plain tables of <c>get</c>, in Calico's layout and in that of <c>kubectl</c>.</summary>
/// <remarks>
/// Calico pads every cell to its column's width plus 3 (at least 5), the last one too, and ends the table with a blank
/// line.
/// <c>kubectl</c> pads to the width plus 3 (at least 6), leaves the last cell as it is, and ends with the last row.
/// A heading that is not printed does not widen its column.
/// </remarks>
internal static class PaddedTable
{
    private const int Gap = 3;
    private const int CalicoLeast = 5;
    private const int KubernetesLeast = 6;

    /// <summary>Prints lines, the heading among them, in Calico's layout.</summary>
    internal static void WriteCalico(TextWriter output, IReadOnlyList<IReadOnlyList<string>> lines)
    {
        var widths = Widths(lines, CalicoLeast);
        foreach (var line in lines)
            output.WriteLine(string.Concat(line.Select((cell, column) => cell.PadRight(widths[column]))));
        output.WriteLine();
    }

    /// <summary>Prints lines, the heading among them, in <c>kubectl</c>'s layout.</summary>
    internal static void WriteKubernetes(TextWriter output, IReadOnlyList<IReadOnlyList<string>> lines)
    {
        var widths = Widths(lines, KubernetesLeast);
        foreach (var line in lines)
        {
            var padded = line.Select((cell, column) => column == line.Count - 1 ? cell : cell.PadRight(widths[column]));
            output.WriteLine(string.Concat(padded));
        }
    }

    private static int[] Widths(IReadOnlyList<IReadOnlyList<string>> lines, int least) => lines.Count == 0
        ? []
        : [.. lines[0].Select((_, column) => Math.Max(least, lines.Max(line => line[column].Length) + Gap))];
}
