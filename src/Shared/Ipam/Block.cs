using System.Globalization;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>Who has one address of a block.</summary>
/// <param name="Handle">Groups the addresses of one consumer; null in rows of ancient releases.</param>
/// <param name="Attributes">What is noted about the owner.</param>
/// <param name="Sequence">The block's sequence number at the assignment: a release that
/// names it cannot hit a later assignment.</param>
public sealed record Allocation(string? Handle, OwnerAttributes Attributes, ulong Sequence);

/// <summary>One block of addresses: which are assigned, to whom, and in which order the free ones come next.</summary>
/// <remarks>
/// The unit of ownership, of routes and of compare-and-swap. An address is named by its ordinal, its distance from the
/// first. The free ordinals form a queue: assignment takes from the head, release appends to the tail, so a freed
/// address rests as long as possible; a new block starts in ascending order, with network and broadcast address
/// included. Reserved ordinals are skipped but keep their places. The sequence number rises with every change.
/// Addresses in Calico's cooldown are free here, at the tail: the queue is our cooldown. Assigning and releasing cost
/// O(1) and allocate only the <see cref="Allocation"/>. Not safe for several threads: its owner is one actor.
/// </remarks>
public sealed class Block
{
    /// <summary>The most addresses that a block may have: a /20, or a /116 of IPv6.</summary>
    public const int MaxSize = 4096;

    /// <summary>The handle of the addresses that Windows keeps for itself; a
    /// block with nothing else is empty.</summary>
    public const string WindowsReservedHandle = "windows-reserved-ipam-handle";

    private readonly Allocation?[] _allocations;
    private readonly FreeQueue _free;

    /// <summary>A block all of whose addresses are free.</summary>
    /// <param name="cidr">The network of the block, of <see cref="MaxSize"/> addresses at most.</param>
    /// <param name="sequence">Where sequence numbers start; above all of any earlier incarnation of this block.</param>
    /// <exception cref="ArgumentException">The network is too large for a block.</exception>
    public Block(IpPrefix cidr, ulong sequence) : this(cidr, sequence, Enumerable.Range(0, CheckedSize(cidr))) { }

    internal Block(IpPrefix cidr, ulong sequence, IEnumerable<int> freeOrdinals)
    {
        Cidr = cidr;
        SequenceNumber = sequence;
        _allocations = new Allocation?[CheckedSize(cidr)];
        _free = new FreeQueue(_allocations.Length);
        foreach (var ordinal in freeOrdinals) _free.Append(ordinal);
    }

    /// <summary>The network.</summary>
    public IpPrefix Cidr { get; }

    /// <summary>Rises with every change of the block.</summary>
    public ulong SequenceNumber { get; private set; }

    /// <summary>How many addresses the block has.</summary>
    public int Size => _allocations.Length;

    /// <summary>How many addresses are free, reserved ones included.</summary>
    public int FreeCount => _free.Count;

    /// <summary>How many addresses are assigned.</summary>
    public int AssignedCount => Size - FreeCount;

    /// <summary>True when nothing is assigned but what Windows keeps for itself; only then may
    /// the block be given up or reclaimed.</summary>
    public bool IsEmpty => AssignedCount == 0 || Array.TrueForAll(_allocations, allocation =>
        allocation is null
        || string.Equals(allocation.Handle, WindowsReservedHandle, StringComparison.OrdinalIgnoreCase));

    /// <summary>Who has the ordinal; null when it is free.</summary>
    public Allocation? this[int ordinal] => _allocations[ordinal];

    /// <summary>The free ordinals, the next to be assigned first.</summary>
    public IEnumerable<int> FreeOrdinals => _free.Ordinals();

    /// <summary>The ordinal of an address of this block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The address lies outside the block.</exception>
    public int OrdinalOf(IpAddr address) => Cidr.Contains(address)
        ? (int)(address.Value - Cidr.Address.Value)
        : throw new ArgumentOutOfRangeException(nameof(address), $"{address} lies outside the block {Cidr}");

    /// <summary>The address of an ordinal.</summary>
    public IpAddr AddressOf(int ordinal) => Cidr.Address.Add((UInt128)ordinal);

    /// <summary>The ordinal that is assigned next: the first in the queue that is
    /// not reserved; null when there is none.</summary>
    public int? NextFree(AddressSet reserved)
    {
        for (var ordinal = _free.First; ordinal >= 0; ordinal = _free.After(ordinal))
            if (!reserved.Contains(AddressOf(ordinal))) return ordinal;
        return null;
    }

    /// <summary>Assigns a free ordinal, wherever it stands in the queue.</summary>
    /// <exception cref="InvalidOperationException">The ordinal is assigned already.</exception>
    public void Assign(int ordinal, string? handle, OwnerAttributes attributes)
    {
        Put(ordinal, new Allocation(handle, attributes, SequenceNumber));
        SequenceNumber++;
    }

    /// <summary>Frees an assigned ordinal; it goes to the tail of the queue.</summary>
    /// <exception cref="InvalidOperationException">The ordinal is not assigned.</exception>
    public void Release(int ordinal)
    {
        if (_allocations[ordinal] is null)
            throw new InvalidOperationException($"{AddressOf(ordinal)} of block {Cidr} is released but not assigned");
        _allocations[ordinal] = null;
        _free.Append(ordinal);
        SequenceNumber++;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Cidr} ({AssignedCount}/{Size} assigned)");

    internal void Put(int ordinal, Allocation allocation)
    {
        if (_allocations[ordinal] is { } holder)
            throw new InvalidOperationException(
                $"{AddressOf(ordinal)} of block {Cidr} is assigned already, to {holder.Handle ?? "an unknown handle"}");
        _free.Remove(ordinal);
        _allocations[ordinal] = allocation;
    }

    private static int CheckedSize(IpPrefix cidr) => cidr.Count <= MaxSize
        ? (int)cidr.Count
        : throw new ArgumentException($"{cidr} is too large for a block, which has {MaxSize} addresses at most",
            nameof(cidr));
}
