using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster;

internal sealed partial class ClusterDaemon
{
    private readonly HashSet<int> _ownUids = [];
    private readonly HashSet<string> _takingOver = new(StringComparer.Ordinal);
    private int _uid;
    private ClusterLease? _lease;
    private bool _acquiring;
    private bool _renewing;
    private bool _listing;
    private bool _listAgain;
    private bool _releasing;
    private StoreWays _failing;

    /// <summary>A store may be readable and not writable: on a full disk, say.</summary>
    [Flags]
    private enum StoreWays
    {
        None = 0,
        Reads = 1,
        Writes = 2,
    }

    private IClusterLeases Leases => cluster.Setup.Leases;

    private string OwnLease => MemberLease.Name(cluster.SelfAddress);

    private void Look()
    {
        if (cluster.Setup.HoldsLease)
        {
            if (_phase is Phase.Joining)
                Acquire();
            else if (IsMember && !_releasing)
                Renew();
        }

        List();
    }

    // Each attempt is another incarnation: one whose answer was lost may take effect at any later time, and nobody is
    // to live on it then.
    private void Acquire()
    {
        if (_acquiring)
            return;
        _acquiring = true;
        var self = new UniqueAddress(cluster.SelfAddress, cluster.NextUid());
        _ownUids.Add(self.Uid);
        var sent = cluster.Time.GetTimestamp();
        cluster.Within(() => Leases.AcquireAsync(
                OwnLease, MemberLease.Holder(self, cluster.Setup.Roles), cluster.Setup.TimeToLive, Overtakable()))
            .PipeTo(Self, Self, result => new ClusterMessages.Acquired(self.Uid, sent, result, null),
                cause => new ClusterMessages.Acquired(self.Uid, sent, null, cause));
    }

    /// <summary>The version of this node's lease that may be taken over now: of an incarnation of this very process, of
    /// one that was found dead, or of one that has not renewed it.</summary>
    private long? Overtakable()
    {
        if (_view.Find(OwnLease) is not { Holder.Length: > 0 } lease)
            return null;
        var member = MemberLease.Read(lease);
        return member is null || _ownUids.Contains(member.UniqueAddress.Uid) || _view.IsExpired(OwnLease)
            ? lease.Version
            : null;
    }

    private void OnAcquired(ClusterMessages.Acquired acquired)
    {
        _acquiring = false;
        NoteStore(acquired.Cause, "acquire the membership lease", StoreWays.Writes);
        switch (acquired.Result)
        {
            case ClusterLeaseResult.Held(var lease) when _phase is Phase.Joining:
                (_uid, _lease) = (acquired.Uid, lease);
                cluster.Tenure.Extend(_uid, acquired.Sent, Span);
                GoUp();
                break;
            case ClusterLeaseResult.Held(var lease):
                _lease = lease;                             // the node was told to leave meanwhile: it gives it back
                break;
            case ClusterLeaseResult.HeldBy(var lease):
                _view.Take([lease], cluster.Now, cluster.Now);
                if (_phase is Phase.Joining && Overtakable() is not null)
                    Acquire();
                break;
        }

        if (_phase is Phase.Leaving && _toHandOver.Count == 0)
            Release();
    }

    private void Renew()
    {
        if (_renewing || _lease is not { } lease)
            return;
        _renewing = true;
        var (uid, sent) = (_uid, cluster.Time.GetTimestamp());
        cluster.Within(() => Leases.RenewAsync(lease)).PipeTo(Self, Self,
            result => new ClusterMessages.Renewed(uid, sent, result, null),
            cause => new ClusterMessages.Renewed(uid, sent, null, cause));
    }

    private void OnRenewed(ClusterMessages.Renewed renewed)
    {
        _renewing = false;
        NoteStore(renewed.Cause, "renew the membership lease", StoreWays.Writes);
        if (renewed.Uid != _uid || !IsMember || _releasing)
            return;
        switch (renewed.Result)
        {
            case ClusterLeaseResult.Held(var lease):
                _lease = lease;
                cluster.Tenure.Extend(_uid, renewed.Sent, Span);
                break;
            case ClusterLeaseResult.Lost:
                OnLost();
                break;
        }
    }

    private void OnLost()
    {
        Log.Warning("Cluster: the membership lease of {0} was taken over; its shards stop, and the node joins anew",
            SelfUnique);
        cluster.Tenure.End();
        (_uid, _lease) = (0, null);
        if (_phase is Phase.Leaving)
        {
            GoOut();
            return;
        }

        _phase = Phase.Joining;
        Publish();
        Look();
    }

    private void List()
    {
        if (_listing)
        {
            _listAgain = true;
            return;
        }

        (_listing, _listAgain) = (true, false);
        var asked = cluster.Now;
        cluster.Within(() => Leases.ListAsync(MemberLease.Prefix)).PipeTo(Self, Self,
            leases => new ClusterMessages.Listed(asked, leases, null),
            cause => new ClusterMessages.Listed(asked, null, cause));
    }

    private void OnListed(ClusterMessages.Listed listed)
    {
        _listing = false;
        NoteStore(listed.Cause, "list the membership leases", StoreWays.Reads);
        if (_listAgain)
            List();
        if (listed.Leases is not { } leases)
            return;
        _view.Take(leases, listed.Asked, cluster.Now);
        if (_phase is Phase.Joining && !cluster.Setup.HoldsLease)
        {
            _uid = cluster.NextUid();
            GoUp();
        }
        else
        {
            Publish();
        }

        if (!cluster.Tenure.MayAct(_uid))
            return;
        Greet();
        LookAtExpiry();
        foreach (var expired in _view.Expired(cluster.SelfAddress))
            TakeOver(expired);
    }

    /// <summary>A lease that runs out before the next tick is looked at as soon as it has.</summary>
    private void LookAtExpiry()
    {
        if (_view.NextExpiry(cluster.SelfAddress) - cluster.Now is { } left && left < cluster.Setup.TimeToLive / 3)
        {
            Timers.StartSingleTimer("expiry", new ClusterMessages.Refresh(),
                left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>Has the members that this node sees for the first time look: they see it then, too.</summary>
    private void Greet()
    {
        foreach (var known in _view.Others(cluster.SelfAddress))
        {
            if (_told.Add(known.Member.Address))
                HaveLook(known.Member.Address);
        }
    }

    /// <summary>Something has changed in the store: has all other members look.</summary>
    private void Announce()
    {
        foreach (var known in _view.Others(cluster.SelfAddress))
            HaveLook(known.Member.Address);
    }

    private void HaveLook(Address node) =>
        cluster.Remoting?.System(node, Cluster.DaemonName).Tell(new ClusterMessages.Refresh(), ActorRefs.NoSender);

    /// <summary>Ends a membership that was left to expire: from here on its incarnation cannot renew it.</summary>
    private void TakeOver(ClusterLease expired)
    {
        if (!_takingOver.Add(expired.Name))
            return;
        Log.Info("Cluster: [{0}] has not renewed its lease for {1} s; taking it over", expired.Holder,
            cluster.Setup.TimeToLive.TotalSeconds);
        cluster.Within(() => TakeOverAsync(expired)).PipeTo(Self, Self,
            _ => new ClusterMessages.TookOver(expired.Name), _ => new ClusterMessages.TookOver(expired.Name));
    }

    private async Task<Done> TakeOverAsync(ClusterLease expired)
    {
        var result = await Leases
            .AcquireAsync(expired.Name, MemberLease.Tombstone(SelfUnique), expired.TimeToLive, expired.Version)
            .ConfigureAwait(false);
        if (result is ClusterLeaseResult.Held(var taken))
            await Leases.ReleaseAsync(taken).ConfigureAwait(false);
        return Done.Instance;
    }

    private void OnTookOver(ClusterMessages.TookOver took)
    {
        _takingOver.Remove(took.Name);
        List();
        Announce();
    }

    private void Release()
    {
        if (_acquiring || _releasing)
            return;
        cluster.Tenure.End();
        if (_lease is not { } lease)
        {
            GoOut();
            return;
        }

        _releasing = true;
        cluster.Within(async () =>
            {
                await Leases.ReleaseAsync(lease).ConfigureAwait(false);
                return Done.Instance;
            })
            .PipeTo(Self, Self, _ => new ClusterMessages.Released(null), cause => new ClusterMessages.Released(cause));
    }

    private void OnReleased(ClusterMessages.Released released)
    {
        _releasing = false;
        _lease = null;
        if (released.Cause is { } cause)
            Log.Warning("Cluster: the membership lease could not be given back: {0}; it expires within {1} s",
                cause.Message, cluster.Setup.TimeToLive.TotalSeconds);
        else
            Announce();
        if (_phase is Phase.Leaving)
            GoOut();
    }

    private TimeSpan Span => cluster.Setup.TimeToLive - cluster.Setup.Margin;

    /// <summary>Says once that the store fails, in whatever way, and once that it does so no more.</summary>
    private void NoteStore(Exception? cause, string what, StoreWays way)
    {
        var before = _failing;
        _failing = cause is null ? before & ~way : before | way;
        if (cause is not null && before is StoreWays.None)
            Log.Warning("Cluster: cannot {0}: {1}; trying again every {2} s, and acting for no shard once the lease "
                + "has run out: see to the datastore", what, cause.Message,
                Math.Round(cluster.Setup.TimeToLive.TotalSeconds / 3, 1));
        else if (before is not StoreWays.None && _failing is StoreWays.None)
            Log.Info("Cluster: the lease store answers again");
    }
}
