using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>The peers of a node: starts, stops or resets only those whose session differs from what is desired, and
/// listens for all.</summary>
/// <remarks>
/// Nothing is started before the desired peers and the state of the kernel are both known, so that the first
/// advertisement is complete and a restart is told from a cold start. An incoming connection goes to the peer with its
/// remote address (spec calico-bgp 7.1). A peer with a password waits until that is known; one whose password does not
/// exist runs without (spec 7.2), and begins anew when it appears.
/// </remarks>
public sealed partial class PeerSetActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IActorRef _rib;
    private readonly IBgpTransport _transport;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, Peer> _running = new(StringComparer.Ordinal);
    private readonly SortedDictionary<IpAddr, List<Peer>> _byAddress = [];
    private readonly List<IActorRef> _waitForStop = [];
    private ImmutableSortedDictionary<string, PeerSpec>? _desired;
    private readonly SortedDictionary<string, DateTimeOffset> _waitForPassword = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, TcpMd5Key?> _passwords =
        ImmutableSortedDictionary.Create<string, TcpMd5Key?>(StringComparer.Ordinal);
    private readonly PeerListeners _listeners;
    private readonly IBgpLog? _verbosity;
    private bool? _restarting;
    private bool _begun;
    private bool _stopping;

    /// <summary>A set of peers.</summary>
    public PeerSetActor(
        IActorRef rib, IBgpTransport transport, TimeProvider time, Random random, ISessionRecordings? recordings,
        IBgpLog? verbosity) =>
        (_rib, _transport, _time, _random, _listeners, _recordings, _verbosity) =
            (rib, transport, time, random, new PeerListeners(transport, _log), recordings, verbosity);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a peer set.</summary>
    /// <param name="rib">Who takes the peers' routes.</param>
    /// <param name="transport">How peers are reached.</param>
    /// <param name="time">Tells since when a session is as it is.</param>
    /// <param name="random">Spreads the peers' retries.</param>
    /// <param name="recordings">Where sessions are recorded; null records none.</param>
    /// <param name="verbosity">What the cluster's wish to log more or less reaches; null disregards it.</param>
    public static Props For(IActorRef rib, IBgpTransport transport, TimeProvider time, Random random,
        ISessionRecordings? recordings = null, IBgpLog? verbosity = null) =>
        Props.Create(() => new PeerSetActor(rib, transport, time, random, recordings, verbosity));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(failure =>
    {
        _log.Error(failure, "the actor of a BGP peer failed; its session is closed and begun anew");
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _listeners.Close();
        foreach (var file in _toRecord.Values) file.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PeerSetProtocol.SetPeers set:
                _desired = set.Peers.ToImmutableSortedDictionary(peer => peer.Name, peer => peer,
                    StringComparer.Ordinal);
                foreach (var name in _waitForPassword.Keys.ToArray())
                    if (!_desired.ContainsKey(name)) _waitForPassword.Remove(name);
                Reconcile();
                break;
            case PeerSetProtocol.SetPasswords(var passwords):
                _passwords = passwords;
                Reconcile();
                break;
            case PeerSetProtocol.SetListen listen:
                _listeners.Set(listen);
                Listen();
                break;
            case PeerSetProtocol.SetLogSeverity(var severity): _verbosity?.SetSeverity(severity); break;
            case PeerSetProtocol.ListenAgain: Listen(); break;
            case PeerSetProtocol.StartAgain: Reconcile(); break;
            case PeerSetProtocol.TellRefused(var refusal): TellRefused(refusal); break;
            case PeerSetProtocol.ConnectionEnded(var peer): OnEnded(peer); break;
            case PeerSetProtocol.KernelReady ready:
                _restarting ??= ready.RoutesKept;
                Reconcile();
                break;
            case PeerSetProtocol.RestartComplete:
                _restarting = false;
                foreach (var peer in _running.Values) peer.Ref.Tell(PeerProtocol.RestartEnded.Instance, Self);
                break;
            case PeerSetProtocol.StatusChanged changed: OnStatus(changed); break;
            case IBgpConnection connection: OnAccepted(connection); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case PeerSetProtocol.StopForRestart:
                _rib.Tell(RibProtocol.Freeze.Instance, Self);
                StopAll(PeerProtocol.StopForRestart.Instance);
                break;
            case PeerSetProtocol.Drain(var text):
                StopAll(new PeerProtocol.Stop(NotificationCodec.Shutdown(CeaseSubcode.AdministrativeShutdown, text)));
                break;
            case PeerSetProtocol.Clear clear:
                if (!_running.TryGetValue(clear.Peer, out var cleared)) Sender.Tell(NoSuchPeer(clear.Peer), Self);
                else
                {
                    cleared.Ref.Tell(new PeerProtocol.Reset(
                        NotificationCodec.Shutdown(CeaseSubcode.AdministrativeReset, clear.Text)), Self);
                    Sender.Tell(Done.Instance, Self);
                }

                break;
            case PeerSetProtocol.RecordPeer(var name, var on): Record(name, on); break;
            case PeerSetProtocol.RecordingBegun begun: OnRecordingBegun(begun); break;
            case PeerSetProtocol.RecordingRefused(var problem, var asker):
                asker.Tell(new PeerSetProtocol.Recording(null, problem), Self);
                break;
            case PeerSetProtocol.ToPeer to:
                if (_running.TryGetValue(to.Peer, out var asked)) asked.Ref.Forward(to.Message);
                else Sender.Tell(NoSuchPeer(to.Peer), Self);
                break;
            case PeerSetProtocol.GetStatus or Describe: Sender.Tell(Status(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void Reconcile()
    {
        if (_stopping || _desired is not { } desired || _restarting is not { } restarting) return;
        if (!_begun)
        {
            _begun = true;
            _rib.Tell(new RibProtocol.BeginRestart(restarting ? [.. desired.Keys] : [], RestartTime(desired)), Self);
            Listen();
        }

        // The listeners have the keys before any peer dials, or is dialed, with them.
        ProtectListeners();
        foreach (var (name, peer) in _running)
        {
            if (peer.Stopping) continue;
            if (!desired.TryGetValue(name, out var spec))
            {
                // Its node is gone, or no peer of ours any more: nothing that it left is waited with.
                Stop(peer, CeaseSubcode.PeerDeconfigured);
                _rib.Tell(new RibProtocol.StaleExpired(name, []), Self);
            }
            else if (!TryPassword(spec, out var password)) continue;
            else if (spec.Session != peer.Spec.Session || password is null != peer.Password is null)
                Stop(peer, CeaseSubcode.OtherConfigurationChange);
            else Change(peer, spec, password);
        }

        // A peer that is being stopped is started again when its actor has gone, and its name is free.
        foreach (var (name, spec) in desired)
        {
            if (_running.ContainsKey(name)) continue;
            if (TryPassword(spec, out var password)) StartPeer(spec, password, restarting);
            else _waitForPassword.TryAdd(name, _time.GetUtcNow());
        }
    }

    /// <summary>The longest that any peer keeps our routes while we are away.</summary>
    private static TimeSpan RestartTime(ImmutableSortedDictionary<string, PeerSpec> desired) =>
        desired.IsEmpty ? TimeSpan.Zero : desired.Values.Max(spec => spec.Session.RestartTime);

    /// <summary>Tells a peer what may change while its session lasts.</summary>
    private void Change(Peer peer, PeerSpec spec, TcpMd5Key? password)
    {
        if (password is not null && !password.Equals(peer.Password))
        {
            peer.Password = password;
            peer.Ref.Tell(new PeerProtocol.SetPassword(password), Self);
        }

        if (spec == peer.Spec) return;
        peer.Spec = spec;
        _rib.Tell(new RibProtocol.SetPeerPolicy(spec.Name, spec.Policy), Self);
        peer.Ref.Tell(new PeerProtocol.SetPolicy(spec.Policy), Self);
    }

    /// <summary>The password of a session, null for none; false while nobody knows.</summary>
    private bool TryPassword(PeerSpec spec, out TcpMd5Key? password)
    {
        password = null;
        return spec.Session.PasswordRef is not { } reference || _passwords.TryGetValue(reference, out password);
    }

    private void Listen()
    {
        if (_stopping || !_begun) return;
        var self = Self;
        if (!_listeners.TryOpen(connection => self.Tell(connection, ActorRefs.NoSender)))
            Timers.StartSingleTimer("listen", PeerSetProtocol.ListenAgain.Instance, PeerListeners.Pause);
        ProtectListeners();
    }

    /// <summary>Gives the listeners the password of each peer's address; where peers share one, the first by name has
    /// it.</summary>
    private void ProtectListeners()
    {
        if (_desired is not { } desired) return;
        var passwords = new SortedDictionary<IpAddr, TcpMd5Key>();
        foreach (var (name, spec) in desired)
        {
            if (!TryPassword(spec, out var password) && _running.TryGetValue(name, out var peer))
                password = peer.Password;
            if (password is not null) passwords.TryAdd(spec.Session.PeerAddress, password);
        }

        _listeners.Protect(passwords);
    }

    private void StartPeer(PeerSpec spec, TcpMd5Key? password, bool restarting)
    {
        _waitForPassword.Remove(spec.Name);
        var seed = _random.Next();
        var tape = _toRecord.Remove(spec.Name, out var file) ? new SessionTape(file, spec, seed, _time) : null;
        var actor = Context.ActorOf(
            BgpPeerActor.For(spec, _rib, Self, _transport, _time, new Random(seed), password, tape), spec.Name);
        Context.Watch(actor);
        var peer = new Peer(spec, password, actor, _time.GetUtcNow()) { Recording = file?.Location };
        _running[spec.Name] = peer;
        var here = PeersAt(peer.Address);
        here.Add(peer);
        here.Sort(static (left, right) => string.CompareOrdinal(left.Spec.Name, right.Spec.Name));
        actor.Tell(new PeerProtocol.Start(restarting), Self);
    }

    private List<Peer> PeersAt(IpAddr address)
    {
        if (!_byAddress.TryGetValue(address, out var peers)) _byAddress.Add(address, peers = []);
        return peers;
    }

    private void Stop(Peer peer, CeaseSubcode why)
    {
        peer.Stopping = true;
        peer.Ref.Tell(new PeerProtocol.Stop(BgpErrors.Cease(why)), Self);
    }

    private void StopAll(object how)
    {
        _stopping = true;
        _listeners.Close();
        _waitForStop.Add(Sender);
        foreach (var peer in _running.Values) peer.Ref.Tell(how, Self);
        AnswerIfStopped();
    }

    private void AnswerIfStopped()
    {
        if (!_stopping || _running.Count > 0) return;
        foreach (var waiting in _waitForStop) waiting.Tell(PeerSetProtocol.Stopped.Instance, Self);
        _waitForStop.Clear();
    }

    private void OnTerminated(IActorRef actor)
    {
        if (!_running.TryGetValue(actor.Path.Name, out var peer) || !peer.Ref.Equals(actor)) return;
        _running.Remove(actor.Path.Name);
        var others = PeersAt(peer.Address);
        others.Remove(peer);
        if (others.Count == 0) _byAddress.Remove(peer.Address);
        AnswerIfStopped();
        if (peer.Stopping) Reconcile();
        else Timers.StartSingleTimer("again", PeerSetProtocol.StartAgain.Instance, Pause);
    }

    private void OnStatus(PeerSetProtocol.StatusChanged changed)
    {
        if (!_running.TryGetValue(changed.Peer, out var peer) || !peer.Ref.Equals(Sender)) return;
        if (peer.Status.State != changed.Status.State) peer.Since = _time.GetUtcNow();
        peer.Status = changed.Status;
    }

    private PeerSetProtocol.Status Status() => new(
    [
        .. _running.Values
            .Select(peer => new PeerSetProtocol.PeerStatus(
                peer.Spec.Name, peer.Spec.Type, peer.Spec.Session.PeerAddress, peer.Status.State, peer.Since,
                peer.Status.Info, peer.Spec, peer.Recording))
            .Concat(Waiting())
            .OrderBy(row => row.Type).ThenBy(row => row.Address).ThenBy(row => row.Name, StringComparer.Ordinal),
    ]);

    private IEnumerable<PeerSetProtocol.PeerStatus> Waiting() =>
        from entry in _waitForPassword
        let spec = _desired?.GetValueOrDefault(entry.Key)
        where spec is not null
        select new PeerSetProtocol.PeerStatus(
            spec.Name, spec.Type, spec.Session.PeerAddress, "start", entry.Value, "Idle Error: Password not known yet",
            spec);

    private static PeerSetProtocol.NoSuchPeer NoSuchPeer(string name) => new(name);

    private sealed class Peer(PeerSpec spec, TcpMd5Key? password, IActorRef actor, DateTimeOffset since)
    {
        public PeerSpec Spec { get; set; } = spec;

        /// <summary>Where it is; another address is another session.</summary>
        public IpAddr Address { get; } = spec.Session.PeerAddress;

        public TcpMd5Key? Password { get; set; } = password;

        public IActorRef Ref { get; } = actor;

        public SessionStatus Status { get; set; } = new(SessionPhase.Down, "");

        public DateTimeOffset Since { get; set; } = since;

        public bool Stopping { get; set; }

        /// <summary>How many connections from it are open.</summary>
        public int Connections { get; set; }

        /// <summary>Where the session is recorded; null when it is not.</summary>
        public string? Recording { get; set; }
    }
}
