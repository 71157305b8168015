using Agent.Runtime.Actor;

namespace Agent.Runtime.Hosting;

/// <summary>Sees everything that happens in a <see cref="SeededWorld"/>, in order, without a part in it.</summary>
/// <remarks>What it throws ends the run: it comes out of whatever ran the world.</remarks>
public interface IWorldObserver
{
    /// <summary>A message is about to be handled.</summary>
    void OnDelivery(ActorSystem system, ActorPath recipient, object message, IActorRef? sender);

    /// <summary>An actor's turn is over.</summary>
    void OnTurnEnded(ActorSystem system, ActorPath actor);

    /// <summary>A timer of a node's clock fell due.</summary>
    void OnTimer(string clock);

    /// <summary>Something happened outside the actors: see <see cref="SeededWorld.Note"/>.</summary>
    void OnNote(string kind, string what);
}
