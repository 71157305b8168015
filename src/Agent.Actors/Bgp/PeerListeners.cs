using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>The listening sockets of a node: those that are desired are opened, others closed, and all know the peers'
/// passwords. What stays is not touched, so that no connection request is lost.</summary>
internal sealed class PeerListeners(IBgpTransport transport, ILoggingAdapter log)
{
    /// <summary>How long to wait before an address or port that cannot be had is tried again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<IpAddr, IBgpListener> _open = [];
    private PeerSetProtocol.SetListen? _desired;
    private ImmutableSortedSet<string> _refused = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Closes what is desired no more.</summary>
    public void Set(PeerSetProtocol.SetListen desired)
    {
        IEnumerable<IpAddr> kept = _desired?.Port == desired.Port ? Places(desired) : [];
        IpAddr[] gone = [.. _open.Keys.Except(kept)];
        foreach (var place in gone)
            if (_open.Remove(place, out var listener)) listener.Dispose();
        _desired = desired;
    }

    /// <summary>Opens what is desired and not open yet; false when some address cannot be had now.</summary>
    public bool TryOpen(Action<IBgpConnection> onAccepted)
    {
        if (_desired is not { } desired) return true;
        var all = true;
        foreach (var place in Places(desired))
        {
            if (_open.ContainsKey(place)) continue;
            try
            {
                _open[place] = transport.Listen(place.IsDefault ? null : place, desired.Port, onAccepted);
            }
            catch (BgpTransportException error)
            {
                log.Error("{0}; trying again in {1} s", error.Message, Pause.TotalSeconds);
                all = false;
            }
        }

        return all;
    }

    /// <summary>Gives every listener the passwords that concern it; each that the kernel refuses is logged
    /// once.</summary>
    public void Protect(SortedDictionary<IpAddr, TcpMd5Key> passwords)
    {
        var refused = _open.SelectMany(listener => listener.Value.SetPasswords(OfFamily(listener.Key, passwords)))
            .Select(each =>
                $"the BGP password for {each.Peer} cannot be set: {each.Reason}; connections from there are refused")
            .ToImmutableSortedSet(StringComparer.Ordinal);
        foreach (var problem in refused.Except(_refused)) log.Error("{0}", problem);
        _refused = refused;
    }

    /// <summary>Closes them all.</summary>
    public void Close()
    {
        foreach (var listener in _open.Values) listener.Dispose();
        _open.Clear();
    }

    /// <summary>The addresses to listen on; the default value stands for every address.</summary>
    private static IEnumerable<IpAddr> Places(PeerSetProtocol.SetListen listen)
    {
        yield return listen.Address ?? default;
        if (listen.Second is { } second) yield return second;
    }

    /// <summary>The passwords that concern a listener; the one on every address has them all.</summary>
    private static SortedDictionary<IpAddr, TcpMd5Key> OfFamily(
        IpAddr listener, SortedDictionary<IpAddr, TcpMd5Key> passwords) =>
        listener.IsDefault
            ? passwords
            : new(passwords.Where(each => each.Key.Family == listener.Family).ToDictionary());
}
