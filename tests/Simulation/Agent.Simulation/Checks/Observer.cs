using System.Globalization;
using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Checks;

/// <summary>Sees every step of a run: writes it into the trace, where there is one, and has the parts check what a turn
/// can break.</summary>
internal sealed class Observer(World world) : IWorldObserver
{
    private readonly Dictionary<ActorSystem, Node> _nodes = [];
    private readonly TextWriter? _trace = world.Settings.Trace;

    public void OnDelivery(ActorSystem system, ActorPath recipient, object message, IActorRef? sender)
    {
        if (_trace is not null)
            Write("deliver", $"{system.Name}{recipient.ToStringWithoutAddress()} {Text(message)} from {sender?.Path.ToString() ?? "-"}");
    }

    public void OnTurnEnded(ActorSystem system, ActorPath actor)
    {
        if (NodeOf(system) is not { } node)
            return;
        foreach (var part in world.Parts)
            part.OnTurnEnded(node, actor);
    }

    public void OnTimer(string clock)
    {
        if (_trace is not null)
            Write("timer", clock);
    }

    public void OnNote(string kind, string what)
    {
        if (_trace is not null)
            Write(kind, what);
    }

    private Node? NodeOf(ActorSystem system)
    {
        if (!_nodes.TryGetValue(system, out var node))
        {
            node = world.Nodes.FirstOrDefault(each => each.Process?.System == system);
            if (node is not null)
                _nodes.Add(system, node);
        }

        return node is { Process.IsDead: false } && node.Process.System == system ? node : null;
    }

    private void Write(string kind, string what) => _trace!.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{world.Seeded.Elapsed.TotalSeconds:0.000000} {kind} {what}"));

    private static string Text(object message)
    {
        var text = message.ToString() ?? "";
        return text.ReplaceLineEndings(" ");
    }
}
