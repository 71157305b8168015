using System.Buffers;
using System.Collections.Immutable;
using Agent.Netlink.Wire;

namespace Agent.Netlink.Linux;

/// <summary>Carries route changes to the kernel, a thousand in one send, and tells what it refused.</summary>
internal sealed class RouteSender(NetlinkSocket socket, NextHopObjects objects)
{
    internal RouteBatchResult Apply(ReadOnlySpan<RouteChange> changes, CancellationToken cancellation)
    {
        var failures = ImmutableArray.CreateBuilder<RouteFailure>();
        var refusals = new List<(uint Sequence, KernelError Error)>();
        var buffer = ArrayPool<byte>.Shared.Rent(RouteBatch.BufferSize);
        try
        {
            objects.Choose(changes);
            var done = 0;
            while (done < changes.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                refusals.Clear();
                var first = socket.TakeSequence(RouteBatch.Limit);
                var length = RouteBatch.Write(buffer, changes[done..], first, out var taken, objects.Chosen);
                socket.RequestBatch(
                    buffer.AsSpan(0, length), first, first + (uint)taken - 1,
                    (sequence, error) => refusals.Add((sequence, error)));
                foreach (var (sequence, refusal) in refusals)
                {
                    var index = done + (int)(sequence - first);
                    if (Insist(buffer, changes[index], refusal) is { } error)
                        failures.Add(new RouteFailure(index, changes[index], error));
                }

                ForgetRefused(changes, done, first, refusals);
                done += taken;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new RouteBatchResult(changes.Length - failures.Count, failures.ToImmutable());
    }

    /// <summary>A refused change that named an object is tried once more with its next hop; what remains of the
    /// refusal.</summary>
    private KernelError? Insist(byte[] buffer, in RouteChange change, KernelError refusal)
    {
        // Deleting what is not there leaves what was asked for.
        if (change.Action == RouteAction.Delete) return refusal.Number == Errno.NoSuchRoute ? null : refusal;
        if (objects.Chosen.Of(change) == 0) return refusal;
        var sequence = socket.TakeSequence();
        return socket.Request(
            buffer.AsSpan(0, RouteMessages.WriteAcknowledged(buffer, change, sequence)), sequence);
    }

    private void ForgetRefused(
        ReadOnlySpan<RouteChange> changes, int done, uint first, List<(uint Sequence, KernelError Error)> refusals)
    {
        foreach (var (sequence, _) in refusals)
        {
            ref readonly var change = ref changes[done + (int)(sequence - first)];
            if (objects.Chosen.Of(change) != 0) objects.Forget(change.Route.NextHops[0]);
        }
    }
}
