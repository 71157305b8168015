namespace Agent.Runtime.Actor;

/// <summary>The handlers of one behaviour, tried in the order of their registration; the first that takes the message
/// wins.</summary>
internal sealed class HandlerTable
{
    private readonly List<Func<object, bool>> _handlers = [];
    private bool _takesAny;

    /// <summary>Whether no handler stands in the table.</summary>
    public bool IsEmpty => _handlers.Count == 0;

    /// <summary>Adds a handler for a type.</summary>
    /// <exception cref="InvalidOperationException">A handler that takes everything stands before it.</exception>
    public void Add<T>(Func<T, bool> handler) => Append(message => message is T typed && handler(typed));

    /// <summary>Adds a handler for a type known at run time only.</summary>
    public void Add(Type type, Func<object, bool> handler) =>
        Append(message => type.IsInstanceOfType(message) && handler(message));

    /// <summary>Adds a handler for everything; it must be the last.</summary>
    public void AddAny(Action<object> handler)
    {
        Append(message =>
        {
            handler(message);
            return true;
        });
        _takesAny = true;
    }

    /// <summary>Gives the message to the first handler that takes it; false where none does.</summary>
    public bool Handle(object message)
    {
        foreach (var handler in _handlers)
        {
            if (handler(message))
                return true;
        }

        return false;
    }

    private void Append(Func<object, bool> handler)
    {
        if (_takesAny)
            throw new InvalidOperationException(
                "A handler that takes any message has been registered: no handler can follow it.");
        _handlers.Add(handler);
    }
}
