using Agent.Actors.Introspection;
using Agent.Netlink;

namespace Agent.Actors.Routing;

/// <summary>Carries batches of routes to the kernel, one after the other, on a thread of its own: writing blocks for as
/// long as the kernel takes, and meanwhile the programmer prepares the next batch.</summary>
internal sealed class RouteWriterActor(IKernel kernel) : UntypedActor
{
    private const string Dispatcher = "akka.io.pinned-dispatcher";

    private long _batches;
    private long _changes;

    /// <summary>Props of a writer.</summary>
    public static Props For(IKernel kernel) =>
        Props.Create(() => new RouteWriterActor(kernel)).WithDispatcher(Dispatcher);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteProtocol.Write batch:
                _batches++;
                _changes += batch.Count;
                kernel.ApplyRoutesAsync(batch.Room.AsMemory(0, batch.Count)).PipeTo(
                    Sender,
                    Self,
                    success: result => new RouteProtocol.Applied(batch, result),
                    failure: cause => new RouteProtocol.ApplyFailed(batch, cause));
                break;
            case Describe: Sender.Tell(new RouteProtocol.WriterDescription(_batches, _changes), Self); break;
            default: Unhandled(message); break;
        }
    }
}
