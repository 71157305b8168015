namespace Agent.Netlink.Wire;

/// <summary>Packs route changes into one send: only the last message asks for an acknowledgement.</summary>
/// <remarks>
/// A message that the kernel refuses is answered anyway, under its own sequence number, and the others apply. About a
/// thousand messages per send is where the kernel is fastest; beyond it the socket buffer grows out of the cache.
/// Allocates nothing.
/// </remarks>
internal static class RouteBatch
{
    /// <summary>How many changes one send carries at most.</summary>
    internal const int Limit = 1000;

    /// <summary>A buffer of this size holds a thousand routes of one next hop, or one route of the most next
    /// hops.</summary>
    internal const int BufferSize = 64 * 1024;

    /// <summary>Writes as many changes as fit, numbered from <paramref name="firstSequence"/>.</summary>
    /// <param name="buffer">At least <see cref="BufferSize"/> long.</param>
    /// <param name="changes">What remains to be sent.</param>
    /// <param name="firstSequence">The number of the first message.</param>
    /// <param name="taken">How many changes were written: at least one, unless there are none.</param>
    /// <param name="objects">The next hops that are objects of the kernel's.</param>
    /// <returns>The number of bytes written.</returns>
    internal static int Write(Span<byte> buffer, ReadOnlySpan<RouteChange> changes, uint firstSequence, out int taken,
        NextHopIds? objects = null)
    {
        taken = 0;
        var written = 0;
        var last = 0;
        var count = Math.Min(changes.Length, Limit);
        while (taken < count)
        {
            ref readonly var change = ref changes[taken];
            if (RouteMessages.MaxSize(change.Route) > buffer.Length - written) break;
            last = written;
            written += RouteMessages.Write(
                buffer[written..], change, firstSequence + (uint)taken, objects?.Of(change) ?? 0);
            taken++;
        }

        if (taken > 0) NetlinkWriter.AddFlags(buffer[last..], NetlinkFlags.Acknowledge);
        return written;
    }
}
