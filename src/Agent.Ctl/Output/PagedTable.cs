namespace Agent.Ctl.Output;

/// <summary>A table in <c>kubectl</c>'s layout that is printed page by page; a column that was too narrow grows from
/// then on.</summary>
internal sealed class PagedTable(TextWriter output, IReadOnlyList<string> heads)
{
    private const int Gap = 3;

    private readonly int[] _widths = [.. heads.Select(head => head.Length)];
    private bool _begun;

    /// <summary>Prints rows; before the first the headings, also when there are no rows at all.</summary>
    internal void Write(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (var row in rows)
            for (var column = 0; column < _widths.Length; column++)
                _widths[column] = Math.Max(_widths[column], row[column].Length);
        if (!_begun) Line(heads);
        _begun = true;
        foreach (var row in rows) Line(row);
    }

    private void Line(IReadOnlyList<string> cells) =>
        output.WriteLine(string.Concat(cells.Select((cell, column) => cell.PadRight(_widths[column] + Gap))).TrimEnd());
}
