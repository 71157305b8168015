using System.Collections.Concurrent;
using Agent.Bgp.Wire.Attributes;
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
/// One message per read, never per route. Operations are words of 64 bits (<see cref="BatchWords"/>), attribute sets
/// are bytes (<see cref="AttributeSet"/>) with their hash, computed by the peer that read them so that the RIB need
/// not. The room for both comes from a pool and goes back with <see cref="Dispose"/>, which the RIB's actor calls once
/// it has applied the batch: in steady state a batch allocates nothing but itself.
/// </remarks>
public sealed class UpdateBatch : IDisposable
{
    private Room? _room = Room.Rent();

    /// <summary>The operations in the order in which the peer sent them (withdrawals of a message before its
    /// announcements).</summary>
    /// <remarks>Read out of the batch anew at each call, to be looked at; the RIB reads the words
    /// themselves.</remarks>
    public ReadOnlySpan<RouteOperation> Operations
    {
        get
        {
            var operations = new List<RouteOperation>();
            for (var reader = Read(); reader.Next();)
            {
                var nlri = reader.Kind == RouteOperationKind.EndOfRib
                    ? default
                    : new Nlri(reader.Key.ToPrefix(), reader.PathId);
                operations.Add(new RouteOperation(reader.Kind, reader.Family, reader.Attributes, nlri));
            }

            return operations.ToArray();
        }
    }

    /// <summary>The attribute sets that announcements refer to.</summary>
    /// <remarks>Made anew at each call, to be looked at.</remarks>
    public ReadOnlySpan<PathAttributes> Attributes
    {
        get
        {
            var sets = new PathAttributes[SetCount];
            for (var i = 0; i < sets.Length; i++) sets[i] = AttributeReader.Read(new AttributeSet(Set(i, out _)));
            return sets;
        }
    }

    /// <summary>True when there is nothing in it.</summary>
    public bool IsEmpty => _room is null || _room.WordCount == 0;

    /// <summary>How many attribute sets there are.</summary>
    internal int SetCount => _room?.SetCount ?? 0;

    private Room Open => _room ?? throw new ObjectDisposedException(nameof(UpdateBatch));

    /// <summary>Adds an attribute set and returns its index.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public int Add(PathAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        return AddSet(AttributeSet.Of(attributes).Bytes);
    }

    /// <summary>Adds an operation.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void Add(in RouteOperation operation)
    {
        var room = Open;
        if (operation.Kind == RouteOperationKind.EndOfRib)
        {
            room.Add(BatchWords.EndOfRib(operation.Family));
            return;
        }

        var writer = Begin(operation.Kind, operation.Attributes);
        writer.Add(new PrefixKey(operation.Nlri.Prefix), operation.Nlri.PathId);
    }

    /// <summary>Adds an attribute set, as <see cref="AttributeSet"/> says, and returns its index; one that is like the
    /// last is not kept twice.</summary>
    internal int AddSet(ReadOnlySpan<byte> bytes) => Open.AddSet(bytes, AttributeSet.HashOf(bytes));

    /// <summary>The bytes of an attribute set, and their hash.</summary>
    internal ReadOnlySpan<byte> Set(int index, out ulong hash)
    {
        ref var set = ref Open.Sets[index];
        hash = set.Hash;
        return Open.Bytes.AsSpan(set.Start, set.Length);
    }

    /// <summary>Begins a run of announcements with one attribute set, or of withdrawals.</summary>
    internal BatchWriter Begin(RouteOperationKind kind, int attributes) => new(Open, kind, attributes);

    /// <summary>The operations as the RIB reads them.</summary>
    internal BatchReader Read() => new(new ReadOnlySpan<ulong>(_room?.Words, 0, _room?.WordCount ?? 0));

    /// <summary>Gives the room back to the pool; the batch is empty afterwards.</summary>
    public void Dispose() => Interlocked.Exchange(ref _room, null)?.Return();

    internal struct SetPlace
    {
        public ulong Hash;
        public int Start;
        public int Length;
    }

    /// <summary>The arrays of one batch, used again by the next.</summary>
    internal sealed class Room
    {
        private const int MostPooled = 16;
        private const int MostPooledWords = 16 * 1024;

        private static readonly ConcurrentQueue<Room> Pool = new();

        public ulong[] Words = new ulong[64];
        public SetPlace[] Sets = new SetPlace[8];
        public byte[] Bytes = new byte[512];
        public int WordCount;
        public int SetCount;
        public int LastSet = -1;

        private int _byteCount;

        public static Room Rent() => Pool.TryDequeue(out var room) ? room : new Room();

        public void Return()
        {
            (WordCount, SetCount, _byteCount, LastSet) = (0, 0, 0, -1);
            if (Words.Length <= MostPooledWords && Pool.Count < MostPooled) Pool.Enqueue(this);
        }

        public void Add(ulong word)
        {
            if (WordCount == Words.Length) Array.Resize(ref Words, WordCount * 2);
            Words[WordCount++] = word;
        }

        public int AddSet(ReadOnlySpan<byte> bytes, ulong hash)
        {
            if (SetCount > 0 && Sets[SetCount - 1].Hash == hash && bytes.SequenceEqual(
                Bytes.AsSpan(Sets[SetCount - 1].Start, Sets[SetCount - 1].Length))) return SetCount - 1;
            if (SetCount == Sets.Length)
            {
                var more = new SetPlace[SetCount * 2];
                Array.Copy(Sets, more, SetCount);
                Sets = more;
            }

            var end = _byteCount + bytes.Length;
            if (end > Bytes.Length) Array.Resize(ref Bytes, Math.Max(Bytes.Length * 2, end));
            bytes.CopyTo(Bytes.AsSpan(_byteCount));
            Sets[SetCount] = new SetPlace { Hash = hash, Start = _byteCount, Length = bytes.Length };
            _byteCount = end;
            return SetCount++;
        }
    }
}
