using System.Collections.Concurrent;
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
/// One message per read, never per route: the room comes from a pool and goes back with <see cref="Dispose"/>, which
/// the RIB's actor calls once it has applied the batch. Attribute sets are shared objects, so in steady state a batch
/// allocates nothing per route.
/// </remarks>
public sealed class UpdateBatch : IDisposable
{
    private Room? _room = Room.Rent();

    /// <summary>The operations in the order in which the peer sent them (withdrawals of a message before its
    /// announcements).</summary>
    public ReadOnlySpan<RouteOperation> Operations => new(_room?.Operations, 0, _room?.OperationCount ?? 0);

    /// <summary>The attribute sets that announcements refer to.</summary>
    public ReadOnlySpan<PathAttributes> Attributes => new(_room?.Attributes, 0, _room?.AttributeCount ?? 0);

    /// <summary>True when there is nothing in it.</summary>
    public bool IsEmpty => _room is null || _room.OperationCount == 0;

    private Room Open => _room ?? throw new ObjectDisposedException(nameof(UpdateBatch));

    /// <summary>Adds an attribute set and returns its index.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public int Add(PathAttributes attributes)
    {
        var room = Open;
        if (room.AttributeCount == room.Attributes.Length) Array.Resize(ref room.Attributes, room.AttributeCount * 2);
        room.Attributes[room.AttributeCount] = attributes;
        return room.AttributeCount++;
    }

    /// <summary>Adds an operation.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void Add(in RouteOperation operation)
    {
        var room = Open;
        if (room.OperationCount == room.Operations.Length) room.Grow();
        room.Operations[room.OperationCount++] = operation;
    }

    /// <summary>Gives the room back to the pool; the batch is empty afterwards.</summary>
    public void Dispose() => Interlocked.Exchange(ref _room, null)?.Return();

    /// <summary>The arrays of one batch, used again by the next.</summary>
    private sealed class Room
    {
        private const int MostPooled = 32;
        private const int MostPooledOperations = 16 * 1024;

        private static readonly ConcurrentQueue<Room> s_pool = new();

        public RouteOperation[] Operations = new RouteOperation[256];
        public PathAttributes[] Attributes = new PathAttributes[16];
        public int OperationCount;
        public int AttributeCount;

        public static Room Rent() => s_pool.TryDequeue(out var room) ? room : new Room();

        public void Return()
        {
            Array.Clear(Attributes, 0, AttributeCount);
            (OperationCount, AttributeCount) = (0, 0);
            if (Operations.Length <= MostPooledOperations && s_pool.Count < MostPooled) s_pool.Enqueue(this);
        }

        public void Grow()
        {
            var larger = new RouteOperation[OperationCount * 2];
            Array.Copy(Operations, larger, OperationCount);
            Operations = larger;
        }
    }
}
