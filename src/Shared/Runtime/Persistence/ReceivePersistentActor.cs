using Agent.Runtime.Actor;

namespace Agent.Runtime.Persistence;

/// <summary>A persistent actor whose handlers are registered by type: <c>Recover</c> for its history, <c>Command</c>
/// for the rest. The first whose type and predicate match takes the message.</summary>
/// <remarks>Handlers are registered in the constructor; those of commands also in an action given to
/// <see cref="Become(Action)"/>. At any other time, or after one that takes any message, registering throws
/// <see cref="InvalidOperationException"/>.</remarks>
public abstract class ReceivePersistentActor : UntypedPersistentActor
{
    private readonly HandlerTable _commands = new();
    private readonly HandlerTable _recovers = new();
    private HandlerTable? _open;
    private bool _isConstructed;

    /// <summary>Opens the registration of handlers.</summary>
    protected ReceivePersistentActor() => _open = _commands;

    internal override Receive InitialBehavior => _commands.Handle;

    private HandlerTable Commands => _open ?? throw new InvalidOperationException(
        "Command handlers can be registered only in the constructor or in an action given to Become or BecomeStacked.");

    private HandlerTable Recovers => _isConstructed
        ? throw new InvalidOperationException("Recover handlers can be registered only in the constructor.")
        : _recovers;

    internal override void Constructed() => (_open, _isConstructed) = (null, true);

    /// <inheritdoc/>
    protected sealed override void OnCommand(object message)
    {
        if (!_commands.Handle(message))
            Unhandled(message);
    }

    /// <inheritdoc/>
    protected sealed override void OnRecover(object message)
    {
        if (!_recovers.Handle(message))
            Unhandled(message);
    }

    /// <summary>Replaces all command handlers, from the next message on, by those that the action registers.</summary>
    protected void Become(Action configure) => Become(Configure(configure));

    /// <summary>Puts the command handlers that the action registers over the current ones.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Configure(configure));

    /// <summary>Handles commands of a type for which the predicate holds.</summary>
    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Commands.Add(Handled(handler, shouldHandle));

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Command(handler, shouldHandle);

    /// <summary>Handles commands of a type; where the handler gives false the next one is tried.</summary>
    protected void Command<T>(Func<T, bool> handler) => Commands.Add(handler);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Commands.Add(messageType, Handled(handler, shouldHandle));

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Command(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Func{T, bool})"/>
    protected void Command(Type messageType, Func<object, bool> handler) => Commands.Add(messageType, handler);

    /// <summary>Handles every command that no handler before it took; no handler can follow.</summary>
    protected void Command(Action<object> handler) => Commands.AddAny(handler);

    /// <inheritdoc cref="Command(Action{object})"/>
    protected void CommandAny(Action<object> handler) => Commands.AddAny(handler);

    /// <summary>Handles commands of a type asynchronously: no other command is handled until the task is
    /// through.</summary>
    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Command(message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        CommandAsync(handler, shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Command(messageType, message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        CommandAsync(messageType, handler, shouldHandle);

    /// <summary>Handles asynchronously every command that no handler before it took; no handler can follow.</summary>
    protected void CommandAnyAsync(Func<object, Task> handler) =>
        CommandAny(message => RunTask(() => handler(message)));

    /// <summary>Handles a part of the history, by type, for which the predicate holds.</summary>
    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Recovers.Add(Handled(handler, shouldHandle));

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => Recover(handler, shouldHandle);

    /// <summary>Handles a part of the history, by type; where the handler gives false the next one is tried.</summary>
    protected void Recover<T>(Func<T, bool> handler) => Recovers.Add(handler);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Recovers.Add(messageType, Handled(handler, shouldHandle));

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Recover(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Recover{T}(Func{T, bool})"/>
    protected void Recover(Type messageType, Func<object, bool> handler) => Recovers.Add(messageType, handler);

    /// <summary>Handles every part of the history that no handler before it took; no handler can follow.</summary>
    protected void RecoverAny(Action<object> handler) => Recovers.AddAny(handler);

    private static Func<T, bool> Handled<T>(Action<T> handler, Predicate<T>? shouldHandle) => message =>
    {
        if (shouldHandle is not null && !shouldHandle(message))
            return false;
        handler(message);
        return true;
    };

    private Receive Configure(Action configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
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
