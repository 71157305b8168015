using Agent.Runtime.Actor;
using Agent.Runtime.Cluster;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Remote;

/// <summary>Death watch between nodes: asks each node of interest, every second, whether the watched actors are still
/// there, and answers such questions.</summary>
/// <remarks>The whole set is asked for each time, so that a lost message costs a second and nothing else. A node that
/// has not answered for a while, or whose membership has ended, counts as lost with all its actors.</remarks>
internal sealed class RemoteWatcher(Remoting remoting, Cluster.Cluster cluster) : UntypedActor, IWithTimers
{
    public const string Name = "remote-watcher";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<Address, Watched> _nodes = [];

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        cluster.Subscribe(Self, typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer("beat", new Beat(), Interval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Interest interest: OnInterest(interest); break;
            case AreThere(var paths):
                Sender.Tell(new AreGone([.. paths.Where(path => !remoting.Exists(path))]), Self);
                break;
            case AreGone(var paths): OnGone(Sender.Path.Address, paths); break;
            case Beat: OnBeat(); break;
            case ClusterEvent.MemberRemoved removed when removed.Member.Address != cluster.SelfAddress:
                OnLost(removed.Member.Address);
                break;
            case ClusterEvent.MemberRemoved or ClusterEvent.CurrentClusterState: break;
            default: Unhandled(message); break;
        }
    }

    private void OnInterest(Interest interest)
    {
        var address = interest.Subject.Path.Address;
        if (!_nodes.TryGetValue(address, out var node))
        {
            if (!interest.Begins)
                return;
            _nodes.Add(address, node = new Watched { Heard = cluster.Now });
        }

        var path = PathOf(interest.Subject);
        if (interest.Begins)
        {
            if (!node.Watchers.TryGetValue(path, out var entry))
                node.Watchers.Add(path, entry = (interest.Subject, []));
            if (!entry.By.Contains(interest.Watcher))
                entry.By.Add(interest.Watcher);
            Ask(address, [path]);
        }
        else if (node.Watchers.TryGetValue(path, out var entry) && entry.By.Remove(interest.Watcher)
            && entry.By.Count == 0)
        {
            node.Watchers.Remove(path);
        }

        if (node.Watchers.Count == 0)
            _nodes.Remove(address);
    }

    private void OnBeat()
    {
        foreach (var (address, node) in _nodes.ToList())
        {
            if (cluster.Now - node.Heard >= Patience)
                OnLost(address);
            else
                Ask(address, [.. node.Watchers.Keys]);
        }
    }

    private void OnGone(Address address, IReadOnlyList<string> paths)
    {
        if (!_nodes.TryGetValue(address, out var node))
            return;
        node.Heard = cluster.Now;
        foreach (var path in paths)
        {
            if (node.Watchers.Remove(path, out var entry))
                Tell(entry, addressTerminated: false);
        }

        if (node.Watchers.Count == 0)
            _nodes.Remove(address);
    }

    private void OnLost(Address address)
    {
        if (!_nodes.Remove(address, out var node))
            return;
        foreach (var entry in node.Watchers.Values)
            Tell(entry, addressTerminated: true);
    }

    private void Ask(Address address, string[] paths) => remoting.System(address, Name).Tell(new AreThere(paths), Self);

    private static void Tell((RemoteRef Subject, List<Cells.IInternalActorRef> By) entry, bool addressTerminated)
    {
        foreach (var watcher in entry.By)
            watcher.SendSystemMessage(new DeathWatchNotification(entry.Subject, !addressTerminated, addressTerminated));
    }

    private static string PathOf(RemoteRef subject) =>
        subject.Path.ToStringWithoutAddress() + (subject.Path.Uid == 0 ? "" : "#" + subject.Path.Uid);

    /// <summary>Somebody here begins, or ceases, to watch an actor of another node.</summary>
    internal sealed record Interest(RemoteRef Subject, Cells.IInternalActorRef Watcher, bool Begins);

    /// <summary>Are these actors of yours still there?</summary>
    internal sealed record AreThere(IReadOnlyList<string> Paths);

    /// <summary>These are not; the others are.</summary>
    internal sealed record AreGone(IReadOnlyList<string> Paths);

    private sealed record Beat;

    private sealed class Watched
    {
        public SortedDictionary<string, (RemoteRef Subject, List<Cells.IInternalActorRef> By)> Watchers { get; } =
            new(StringComparer.Ordinal);

        public TimeSpan Heard { get; set; }
    }
}
