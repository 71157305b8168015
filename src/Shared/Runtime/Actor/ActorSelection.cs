using System.Text.RegularExpressions;
using Agent.Runtime.Cells;
using Agent.Runtime.Event;

namespace Agent.Runtime.Actor;

/// <summary>The actors at a path, looked up anew by every message; none, one, or with wildcards several.</summary>
public class ActorSelection : ICanTell
{
    private readonly string[] _elements;

    /// <summary>The actors at a path relative to an actor; with a leading slash relative to the root of its
    /// system.</summary>
    public ActorSelection(IActorRef anchor, string path) : this(AnchorOf(anchor, path), path.Split('/'))
    {
    }

    /// <summary>The actors at these steps from an actor.</summary>
    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
    {
        Anchor = anchor;
        _elements = [.. elements.Where(e => e.Length > 0)];
    }

    /// <summary>Where the path begins.</summary>
    public IActorRef Anchor { get; }

    /// <summary>The steps from the anchor, with a leading slash.</summary>
    public string PathString => ActorPath.FormatPathElements(_elements);

    /// <summary>Sends to every actor that is at the path now. Where there is none the message is a dead letter, and an
    /// <see cref="Identify"/> is answered with no subject.</summary>
    public void Tell(object message, IActorRef? sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        sender ??= ActorCell.Current?.Self;
        var any = false;
        foreach (var receiver in Resolve((IInternalActorRef)Anchor, 0))
        {
            any = true;
            receiver.Tell(message, sender);
        }

        if (any)
            return;
        if (message is Identify identify)
            sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
        else if (((IInternalActorRef)Anchor).System is { } system)
            system.EventStream.Publish(
                new DeadLetter(message, sender ?? system.DeadLetters, new AbsentRef(system, Anchor.Path / _elements)));
    }

    /// <summary>The one actor at the path.</summary>
    /// <returns>A task that fails where no actor answers within the timeout.</returns>
    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    /// <inheritdoc cref="ResolveOne(TimeSpan)"/>
    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        var identity = await this.Ask<ActorIdentity>(new Identify(PathString), timeout, ct).ConfigureAwait(false);
        return identity.Subject ?? throw new ActorNotFoundException($"No actor at [{this}]");
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) =>
        obj is ActorSelection other && Anchor.Equals(other.Anchor) && _elements.SequenceEqual(other._elements);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);

    /// <inheritdoc/>
    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    private static IActorRef AnchorOf(IActorRef anchor, string path) =>
        path.StartsWith('/') && ((IInternalActorRef)anchor).System is { } system ? system.Root : anchor;

    private IEnumerable<IInternalActorRef> Resolve(IInternalActorRef from, int step)
    {
        if (step == _elements.Length)
            return [from];
        var element = _elements[step];
        if (element == "..")
            return Resolve(from.Parent, step + 1);
        if (element.AsSpan().IndexOfAny('*', '?') < 0)
            return from.GetChild(element) is { } child ? Resolve(child, step + 1) : [];
        var pattern = new Regex(
            "^" + Regex.Escape(element).Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.CultureInvariant);
        return from.GetChildren().Where(c => pattern.IsMatch(c.Path.Name)).SelectMany(c => Resolve(c, step + 1));
    }
}
