using System.Runtime.CompilerServices;

namespace Agent.Bgp.Rib;

/// <summary>A growing array of values in chunks: growing copies nothing and no chunk is large enough for the large
/// object heap.</summary>
internal sealed class ChunkedArray<T>
    where T : struct
{
    private const int Shift = 12;
    private const int Size = 1 << Shift;

    private T[][] _chunks = new T[4][];
    private int _chunkCount;

    /// <summary>The value at the index, which <see cref="Reserve"/> must have covered.</summary>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[index >> Shift][index & (Size - 1)];
    }

    /// <summary>Makes the indexes below <paramref name="count"/> usable; new values are default.</summary>
    public void Reserve(int count)
    {
        while (_chunkCount << Shift < count)
        {
            if (_chunkCount == _chunks.Length) Array.Resize(ref _chunks, _chunkCount * 2);
            _chunks[_chunkCount++] = NewChunk();
        }
    }

    // Chunks live as long as the table: in the heap of pinned objects they neither stand between short-lived objects
    // nor are copied from generation to generation.
    private static T[] NewChunk() => RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        ? new T[Size]
        : GC.AllocateArray<T>(Size, pinned: true);
}
