namespace Agent.Runtime.Actor;

/// <summary>An actor whose handlers are registered by type, in its constructor or in the action given to
/// <see cref="Become(Action)"/>. The first whose type and predicate match takes the message.</summary>
/// <remarks>Registering a handler at any other time, or after <see cref="ReceiveAny"/>, throws
/// <see cref="InvalidOperationException"/>.</remarks>
public abstract class ReceiveActor : UntypedActor
{
    private readonly HandlerTable _initial = new();
    private HandlerTable? _open;

    /// <summary>Opens the registration of handlers.</summary>
    protected ReceiveActor() => _open = _initial;

    internal override Receive InitialBehavior => _initial.Handle;

    internal override void Constructed() => _open = null;

    private HandlerTable Open => _open ?? throw new InvalidOperationException(
        "Handlers can be registered only in the constructor or in an action given to Become or BecomeStacked.");

    /// <inheritdoc/>
    protected sealed override void OnReceive(object message)
    {
        if (!_initial.Handle(message))
            Unhandled(message);
    }

    /// <summary>Replaces all handlers, from the next message on, by those that the action registers.</summary>
    protected void Become(Action configure) => Become(Configure(configure));

    /// <summary>Puts the handlers that the action registers over the current ones.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Configure(configure));

    /// <summary>Handles messages of a type for which the predicate holds.</summary>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Open.Add<T>(message =>
    {
        if (shouldHandle is not null && !shouldHandle(message))
            return false;
        handler(message);
        return true;
    });

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Handles messages of a type; where the handler gives false the next one is tried.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Open.Add(handler);

    /// <summary>Handles messages of a type for which the predicate holds.</summary>
    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Open.Add(messageType, message =>
        {
            if (shouldHandle is not null && !shouldHandle(message))
                return false;
            handler(message);
            return true;
        });

    /// <inheritdoc cref="Receive(Type, Action{object}, Predicate{object})"/>
    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Receive(messageType, handler, shouldHandle);

    /// <summary>Handles messages of a type; where the handler gives false the next one is tried.</summary>
    protected void Receive(Type messageType, Func<object, bool> handler) => Open.Add(messageType, handler);

    /// <summary>Handles every message that no handler before it took. It must be the last.</summary>
    protected void ReceiveAny(Action<object> handler) => Open.AddAny(handler);

    /// <summary>Handles messages of a type asynchronously: no other message is handled until the task is
    /// through.</summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Receive(message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        ReceiveAsync(handler, shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Receive(messageType, message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        ReceiveAsync(messageType, handler, shouldHandle);

    /// <summary>Handles asynchronously every message that no handler before it took. It must be the last.</summary>
    protected void ReceiveAnyAsync(Func<object, Task> handler) =>
        ReceiveAny(message => RunTask(() => handler(message)));

    private Receive Configure(Action configure)
    {
        var (before, table) = (_open, new HandlerTable());
        _open = table;
        try
        {
            configure();
        }
        finally
        {
            _open = before;
        }

        return table.Handle;
    }
}
