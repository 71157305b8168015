using System.Buffers;
using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>A prefix as an UPDATE names it: with its path identifier where ADD-PATH was negotiated (RFC 7911), else
/// 0.</summary>
public readonly record struct Nlri(IpPrefix Prefix, uint PathId = 0);

/// <summary>What one operation of an <see cref="UpdateBatch"/> says.</summary>
public enum RouteOperationKind : byte
{
    /// <summary>The route is announced with the attributes at the operation's index.</summary>
    Announce,

    /// <summary>The route is withdrawn.</summary>
    Withdraw,

    /// <summary>The family's initial routes are complete (RFC 4724 §2).</summary>
    EndOfRib,
}

/// <summary>One announcement, withdrawal or End-of-RIB.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Family">Which family it concerns.</param>
/// <param name="Attributes">Index into <see cref="UpdateBatch.Attributes"/>; -1 where there are none.</param>
/// <param name="Nlri">Which prefix; default for End-of-RIB.</param>
public readonly record struct RouteOperation(RouteOperationKind Kind, IpFamily Family, int Attributes, Nlri Nlri);

/// <summary>All that a peer said in one read of its socket, in order: the unit that travels from a session to the
/// RIB.</summary>
/// <remarks>
/// One message per read, never per route: the arrays come from a pool and go back with <see cref="Dispose"/>, which the
/// RIB's actor calls once it has applied the batch. Attribute sets are shared objects, so in steady state a batch
/// allocates nothing per route.
/// </remarks>
public sealed class UpdateBatch : IDisposable
{
    private RouteOperation[] _operations = ArrayPool<RouteOperation>.Shared.Rent(256);
    private PathAttributes[] _attributes = ArrayPool<PathAttributes>.Shared.Rent(16);
    private int _operationCount;
    private int _attributeCount;

    /// <summary>The operations in the order in which the peer sent them (withdrawals of a message before its
    /// announcements).</summary>
    public ReadOnlySpan<RouteOperation> Operations => _operations.AsSpan(0, _operationCount);

    /// <summary>The attribute sets that announcements refer to.</summary>
    public ReadOnlySpan<PathAttributes> Attributes => _attributes.AsSpan(0, _attributeCount);

    /// <summary>True when there is nothing in it.</summary>
    public bool IsEmpty => _operationCount == 0;

    /// <summary>Adds an attribute set and returns its index.</summary>
    public int Add(PathAttributes attributes)
    {
        if (_attributeCount == _attributes.Length) Grow(ref _attributes, _attributeCount);
        _attributes[_attributeCount] = attributes;
        return _attributeCount++;
    }

    /// <summary>Adds an operation.</summary>
    public void Add(in RouteOperation operation)
    {
        if (_operationCount == _operations.Length) Grow(ref _operations, _operationCount);
        _operations[_operationCount++] = operation;
    }

    /// <summary>Gives the arrays back to the pool; the batch is empty afterwards.</summary>
    public void Dispose()
    {
        if (_operations.Length == 0) return;
        ArrayPool<RouteOperation>.Shared.Return(_operations);
        ArrayPool<PathAttributes>.Shared.Return(_attributes, clearArray: true);
        (_operations, _attributes, _operationCount, _attributeCount) = ([], [], 0, 0);
    }

    private static void Grow<T>(ref T[] array, int used)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(16, used * 2));
        array.AsSpan(0, used).CopyTo(larger);
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array, clearArray: true);
        array = larger;
    }
}
