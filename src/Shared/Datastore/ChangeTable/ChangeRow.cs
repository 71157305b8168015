using System.Data.Common;
using Agent.Resources;

namespace Agent.Datastore.ChangeTable;

/// <summary>One row of the change table of an SQL backend.</summary>
/// <param name="Revision">The revision of the change.</param>
/// <param name="Kind">Of the resource.</param>
/// <param name="Event">What watches of the kind are told.</param>
public readonly record struct ChangeRow(long Revision, ResourceKind Kind, WatchEvent Event)
{
    /// <summary>The columns of a change, in the order in which they are read.</summary>
    public const string Columns = ResourceRow.Columns + ", deleted";

    private const int Deleted = 11;

    /// <summary>Reads the current row, whose columns are <see cref="Columns"/>.</summary>
    /// <exception cref="FormatException">As <see cref="ResourceRow.Read"/>.</exception>
    public static ChangeRow Read(DbDataReader row)
    {
        var resource = ResourceRow.Read(row);
        return new ChangeRow(resource.Revision, resource.Kind,
            row.GetBoolean(Deleted) ? new WatchEvent.Deleted(resource) : new WatchEvent.Put(resource));
    }
}
