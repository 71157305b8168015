using System.Collections.Immutable;
using System.Globalization;
using Agent.Netlink.Wire;
using Agent.Primitives;

namespace Agent.Netlink.Linux;

/// <summary>Carries out one <see cref="PodPlan"/> over sockets of its own, so that slow deletions hold up no
/// routes.</summary>
internal sealed class PodLinks(NetworkNamespace? host, PodPlan plan) : IDisposable
{
    private readonly byte[] _buffer = new byte[1024];
    private readonly ImmutableArray<string>.Builder _warnings = ImmutableArray.CreateBuilder<string>();
    private NetlinkSocket? _hostSocket;
    private NetlinkSocket? _podSocket;
    private NetworkNamespace? _pod;

    /// <summary>Carries out the steps in order until one fails.</summary>
    internal PodOutcome CarryOut(CancellationToken cancellation)
    {
        var next = 0;
        while (next < plan.Steps.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            // Parameters need a thread in their namespace; a run of them shares one.
            var sysctls = plan.Steps.Skip(next).TakeWhile(step =>
                step is PodStep.WriteSysctl sysctl && sysctl.Place == (plan.Steps[next] as PodStep.WriteSysctl)?.Place)
                .Cast<PodStep.WriteSysctl>().ToList();
            var (failed, error) = sysctls.Count > 0 ? Write(sysctls) : (plan.Steps[next], Do(plan.Steps[next]));
            if (error is not null) return new PodOutcome(failed, error, _warnings.ToImmutable());
            next += Math.Max(1, sysctls.Count);
        }

        return new PodOutcome(null, null, _warnings.ToImmutable());
    }

    /// <summary>Closes the sockets.</summary>
    public void Dispose()
    {
        _hostSocket?.Dispose();
        _podSocket?.Dispose();
        _pod?.Dispose();
    }

    private NetlinkSocket Host => _hostSocket ??= NetlinkSocket.Open(host);

    private KernelError? Do(PodStep step) => step switch
    {
        PodStep.DeleteLink delete => Delete(delete),
        PodStep.CreateVeth create => Create(create),
        PodStep.SetUp up => On(up.Place, up.Link, (index, sequence) =>
            LinkMessages.WriteChange(_buffer, index, new LinkSettings(Up: true), sequence)),
        PodStep.AddAddress add => On(add.Place, add.Link, (index, sequence) =>
            AddressMessages.WriteAdd(_buffer, index, add.Address, sequence)),
        PodStep.AddHostAddress add => AcceptExisting(On(PodPlace.Host, add.Link, (index, sequence) =>
            AddressMessages.WriteAdd(_buffer, index, add.Address, sequence, RouteScope.Link))),
        PodStep.DeleteHostAddress delete => AcceptMissing(On(PodPlace.Host, delete.Link, (index, sequence) =>
            AddressMessages.WriteDelete(_buffer, index, delete.Address, sequence))),
        PodStep.AddPodRoute add => AcceptExisting(On(PodPlace.Pod, add.Link, (index, sequence) =>
            RouteMessages.WriteAcknowledged(_buffer, RouteChange.Add(PodRoutes.InPod(add, index)), sequence))),
        PodStep.AddHostRoute add => AddHostRoute(add),
        PodStep.FlushConntrack flush => Flush(flush.Address),
        _ => throw new ArgumentException($"no way to carry out {step}", nameof(step)),
    };

    private static KernelError? AcceptExisting(KernelError? error) => error is { Number: Errno.Exists } ? null : error;

    private static KernelError? AcceptMissing(KernelError? error) =>
        error is { Number: Errno.NoDevice or Errno.AddressNotAvailable } ? null : error;

    private KernelError? Delete(PodStep.DeleteLink delete)
    {
        var (socket, missing) = Socket(delete.Place);
        if (socket is null) return missing is { Number: Errno.NoEntry } ? null : missing;
        var sequence = socket.TakeSequence();
        var error = socket.Request(_buffer.AsSpan(0, LinkMessages.WriteDelete(_buffer, delete.Link, sequence)),
            sequence);
        return error is { Number: Errno.NoDevice } ? null : error;
    }

    private KernelError? Create(PodStep.CreateVeth create)
    {
        if (Socket(PodPlace.Pod) is { Socket: null, Error: var missing }) return missing;
        var sequence = Host.TakeSequence();
        var length = LinkMessages.WriteCreateVeth(
            _buffer, create.HostLink, create.HostMac, create.PodLink, create.PodMac, create.Mtu, _pod!.Descriptor,
            sequence);
        return Host.Request(_buffer.AsSpan(0, length), sequence) is { } error
            ? error with
            {
                Detail =
                $"cannot create veth {create.HostLink} with {create.PodLink} in {plan.Netns}{Suffix(error)}"
            }
            : null;
    }

    private KernelError? On(PodPlace place, string link, Func<int, uint, int> write)
    {
        var (socket, missing) = Socket(place);
        if (socket is null) return missing;
        KernelLink? found = null;
        var question = socket.TakeSequence();
        var error = socket.Request(
            _buffer.AsSpan(0, LinkMessages.WriteGet(_buffer, link, question)), question,
            (in NetlinkMessage message) => found = LinkMessages.TryRead(message, out var read) ? read : found);
        if (error is null && found is null || error is { Number: Errno.NoDevice })
            return new KernelError(Errno.NoDevice, $"there is no link {link}");
        if (error is not null) return error;

        var sequence = socket.TakeSequence();
        return socket.Request(_buffer.AsSpan(0, write(found!.Index, sequence)), sequence);
    }

    private KernelError? AddHostRoute(PodStep.AddHostRoute add)
    {
        var index = 0;
        var error = On(PodPlace.Host, add.Link, (found, sequence) =>
        {
            index = found;
            return RouteMessages.WriteAcknowledged(_buffer, RouteChange.Add(KernelRoute.ToPod(add.Address, found)),
                sequence);
        });
        if (error is not { Number: Errno.Exists }) return error;

        var wanted = KernelRoute.ToPod(add.Address, index).AsInstalled();
        var existing = Tables.Routes(Host, [], CancellationToken.None).FirstOrDefault(route => route.Key == wanted.Key);
        if (PodRoutes.Accepts(wanted, existing)) return null;
        var owner = Tables.Links(Host, CancellationToken.None)
            .FirstOrDefault(link => link.Index == existing.OutInterface);
        return PodRoutes.Conflict(add.Link, wanted, existing, owner?.Name);
    }

    private KernelError? Flush(IpAddr address)
    {
        using var socket = NetlinkSocket.Open(host, NetlinkSocket.Netfilter);
        var deletions = new List<byte[]>();
        try
        {
            socket.Dump(
                "tracked connections",
                (buffer, sequence) => ConntrackMessages.WriteDump(buffer, address.Family, sequence),
                deletions.Clear,
                (in NetlinkMessage message) =>
                {
                    var length = ConntrackMessages.WriteDeleteIfOf(message, address, _buffer, 0);
                    if (length > 0) deletions.Add(_buffer[..length]);
                });
        }
        catch (NetlinkException failure) when (failure.Error.Number is Errno.InvalidArgument or Errno.NotSupported)
        {
            // A kernel without connection tracking has none to forget.
            return null;
        }

        foreach (var deletion in deletions)
        {
            var sequence = socket.TakeSequence();
            NetlinkWriter.SetSequence(deletion, sequence);
            // ENOENT: it ended by itself in the meantime.
            if (socket.Request(deletion, sequence) is { } error && error.Number != Errno.NoEntry) return error;
        }

        return null;
    }

    private (PodStep? Failed, KernelError? Error) Write(List<PodStep.WriteSysctl> sysctls)
    {
        var place = sysctls[0].Place;
        if (Socket(place) is { Socket: null, Error: var missing }) return (sysctls[0], missing);
        var netns = place == PodPlace.Host ? host : _pod;
        return netns is null ? WriteHere(sysctls) : netns.Run(() => WriteHere(sysctls));
    }

    private (PodStep? Failed, KernelError? Error) WriteHere(List<PodStep.WriteSysctl> sysctls)
    {
        foreach (var sysctl in sysctls)
        {
            if (Sysctl.Write(sysctl.Path, sysctl.Value) is not { } error) continue;
            if (sysctl.IsRequired) return (sysctl, error);
            _warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{sysctl.Path} was not set to {sysctl.Value}: {error}"));
        }

        return (null, null);
    }

    private (NetlinkSocket? Socket, KernelError? Error) Socket(PodPlace place)
    {
        if (place == PodPlace.Host) return (Host, null);
        if (_podSocket is not null) return (_podSocket, null);
        if (plan.Netns is null) return (null, new KernelError(Errno.NoEntry, "the plan names no network namespace"));
        _pod = NetworkNamespace.TryOpen(plan.Netns, out var error);
        if (_pod is null) return (null, error);
        return (_podSocket = NetlinkSocket.Open(_pod), null);
    }

    private static string Suffix(KernelError error) => error.Detail is null ? "" : $": {error.Detail}";
}
