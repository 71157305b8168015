using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Cluster.Sharding;
using Agent.Runtime.Dispatch;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The refs of other nodes' actors, and the door for what other nodes send to actors here.</summary>
internal sealed class Remoting(ActorSystemImpl system, Address self, IRemoteLink link) : IRemoteDoor
{
    private IActorRef _watcher = ActorRefs.Nobody;

    /// <summary>Begins to receive.</summary>
    public void Start(Cluster.Cluster cluster)
    {
        _watcher = system.SystemActorOf(Props.Create(() => new RemoteWatcher(this, cluster)), RemoteWatcher.Name);
        link.Start(this);
    }

    /// <summary>The ref behind a path: of an actor here, or of one of another node.</summary>
    public IInternalActorRef Resolve(ActorPath path) =>
        path.Address == self || path.Address == system.RootPath.Address
            ? ResolveLocal(path)
            : new RemoteRef(system, this, path);

    public IActorRef Resolve(string path) => Resolve(ActorPath.Parse(path));

    public string PathOf(IActorRef actor) => actor.Path.ToSerializationFormatWithAddress(self);

    public void Log(LogLevel level, string message) => system.Log.Log(level, null, "{0}", [message]);

    /// <summary>The ref of an infrastructure actor of another node.</summary>
    public IInternalActorRef System(Address node, params IEnumerable<string> elements) =>
        Resolve(new RootActorPath(node) / "system" / elements);

    public void Send(RemoteRef recipient, object message, IActorRef? sender)
    {
        var path = recipient.Path;
        var isSent = link.Send(
            path.Address,
            new RemoteMessage(
                path.ToStringWithoutAddress() + (path.Uid == 0 ? "" : "#" + path.Uid),
                sender is null ? null : PathOf(sender),
                message));
        if (!isSent)
            PublishLost(message, sender, recipient);
    }

    public void Lose(Address to, RemoteMessage message)
    {
        if (ActorPath.TryParse(to + message.Recipient, out var recipient))
            PublishLost(message.Message, message.Sender is { } sender ? Resolve(sender) : null, Resolve(recipient!));
    }

    private void PublishLost(object message, IActorRef? sender, IActorRef recipient) => system.PublishDeadLetter(
        new Envelope(message is ShardMessages.Routed routed ? routed.Message : message, sender), recipient);

    public void Watch(RemoteWatcher.Interest interest) => _watcher.Tell(interest, ActorRefs.NoSender);

    /// <summary>Whether the actor that a path without address names is there now, in that incarnation.</summary>
    public bool Exists(string path) =>
        ActorPath.TryParse(self + path, out var parsed) && ResolveLocal(parsed!) is not AbsentRef;

    public void Receive(Address from, RemoteMessage message)
    {
        if (!ActorPath.TryParse(self + message.Recipient, out var recipient))
            throw new InvalidDataException($"the receiver [{message.Recipient}] is no path of an actor");
        ActorPath? by = null;
        if (message.Sender is { } text && !ActorPath.TryParse(text, out by))
            throw new InvalidDataException($"the sender [{text}] is no path of an actor");
        // Regions pass on what others said; of its actors' ends a node speaks itself.
        if (message.Message is RemoteWatcher.AreGone && by?.Address != from)
            throw new InvalidDataException($"{from} may not say which actors of [{message.Sender}] are gone");
        var sender = by is null ? null : Resolve(by);
        // Whoever says who it is says so itself: here it is known by its remote ref.
        var content = message.Message is ActorIdentity { Subject: not null } identity
            ? new ActorIdentity(identity.MessageId, sender)
            : message.Message;
        ResolveLocal(recipient!).Tell(content, sender);
    }

    private IInternalActorRef ResolveLocal(ActorPath path)
    {
        IInternalActorRef found = system.Root;
        foreach (var element in path.Elements)
        {
            if (found.GetChild(element) is not { } child)
                return new AbsentRef(system, path);
            found = child;
        }

        return path.Uid == 0 || path.Uid == found.Path.Uid ? found : new AbsentRef(system, path);
    }
}
