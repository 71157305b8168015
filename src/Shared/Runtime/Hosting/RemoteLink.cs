using Agent.Runtime.Actor;

namespace Agent.Runtime.Hosting;

/// <summary>The way from one node's actors to another's; the port behind which connections are made.</summary>
/// <remarks>Delivery is at most once; what one node sends to another arrives in order, with gaps at worst. Nothing
/// waits and nothing throws for a node that cannot be reached.</remarks>
public interface IRemoteLink
{
    /// <summary>Begins to receive; called once, before anything is sent.</summary>
    /// <param name="receive">Takes what arrives, from any thread but never from two at once for the same
    /// sender.</param>
    void Start(Action<RemoteMessage> receive);

    /// <summary>Sends to the node at this address.</summary>
    void Send(Address to, RemoteMessage message);
}

/// <summary>A message between actors of two nodes.</summary>
/// <param name="Recipient">The receiver's path, with the uid of its incarnation where one is meant, without address:
/// <c>/user/a#12</c>.</param>
/// <param name="Sender">The sender's path with its address and uid, or null for none.</param>
/// <param name="Message">What is said.</param>
public sealed record RemoteMessage(string Recipient, string? Sender, object Message);
