using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Hosting;

/// <summary>The way from one node's actors to another's; the port behind which connections are made.</summary>
/// <remarks>Delivery is at most once; what one node sends to another arrives in order, with gaps at worst. Nothing
/// waits and nothing throws for a node that cannot be reached.</remarks>
public interface IRemoteLink
{
    /// <summary>Begins to receive; called once, before anything is sent.</summary>
    void Start(IRemoteDoor door);

    /// <summary>Sends to the node at this address.</summary>
    /// <returns>False where the message will not be sent: it is a dead letter. True promises nothing.</returns>
    bool Send(Address to, RemoteMessage message);
}

/// <summary>A system as its link sees it. From any thread.</summary>
public interface IRemoteDoor
{
    /// <summary>Gives a message to its receiver. Those of one sender must come one after another.</summary>
    /// <param name="from">The node that sent it, as far as it has proved who it is.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="InvalidDataException">Its receiver, or its sender, is named by what is no path; or it says what
    /// another node alone may say.</exception>
    void Receive(Address from, RemoteMessage message);

    /// <summary>A message that was accepted for this node has not been sent, and will not be.</summary>
    void Lose(Address to, RemoteMessage message);

    /// <summary>The ref that a path with address names, of an actor here or elsewhere.</summary>
    /// <exception cref="UriFormatException">The text is no actor path.</exception>
    IActorRef Resolve(string path);

    /// <summary>The path by which others know an actor: with address and uid.</summary>
    string PathOf(IActorRef actor);

    /// <summary>Writes to the system's log.</summary>
    void Log(LogLevel level, string message);
}

/// <summary>A message between actors of two nodes.</summary>
/// <param name="Recipient">The receiver's path, with the uid of its incarnation where one is meant, without address:
/// <c>/user/a#12</c>.</param>
/// <param name="Sender">The sender's path with its address and uid, or null for none.</param>
/// <param name="Message">What is said.</param>
public sealed record RemoteMessage(string Recipient, string? Sender, object Message);
