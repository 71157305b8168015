using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Agent.Runtime.Actor;

/// <summary>How an actor is made: its type, the arguments of its constructor, the strategy for its children, and what
/// gives it its turns. Immutable.</summary>
/// <remarks>Arguments are evaluated once, when the props are made, and used for every instance, restarts included: give
/// no mutable object that an instance would spoil for the next.</remarks>
public class Props : IEquatable<Props>
{
    /// <summary>Turns on the thread pool.</summary>
    internal const string DefaultDispatcher = "akka.actor.default-dispatcher";

    /// <summary>Turns on a thread of the actor's own.</summary>
    internal const string PinnedDispatcher = "akka.io.pinned-dispatcher";

    // What a program that is compiled ahead of time keeps of a class, since instances are made by reflection.
    private const DynamicallyAccessedMemberTypes Constructors =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors;

    private readonly ConstructorInfo? _constructor;

    private Props(
        [DynamicallyAccessedMembers(Constructors)] Type type, ConstructorInfo? constructor, object?[] arguments,
        SupervisorStrategy? strategy)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!typeof(ActorBase).IsAssignableFrom(type) || type.IsAbstract)
            throw new ArgumentException($"[{type}] is no actor class that instances can be made of.", nameof(type));
        Type = type;
        Arguments = arguments!;
        SupervisorStrategy = strategy;
        _constructor = constructor;
    }

    /// <summary>The class of the actor.</summary>
    [DynamicallyAccessedMembers(Constructors)]
    public Type Type { get; }

    /// <summary>The arguments of the constructor.</summary>
    public object[] Arguments { get; }

    /// <summary>The full name of the class.</summary>
    public string TypeName => Type.AssemblyQualifiedName ?? Type.Name;

    /// <summary>What stands in for the strategy that the actor itself has for its children, or null.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; protected set; }

    /// <summary>The name of what gives the actor its turns.</summary>
    public string Dispatcher { get; private init; } = DefaultDispatcher;

    /// <summary>Where it says false the actor handles nothing more and stops: its right to act has ended. Null for an
    /// actor that may act as long as it lives.</summary>
    internal Func<bool>? Gate { get; private init; }

    /// <summary>Makes props from an expression <c>() =&gt; new T(...)</c>, whose arguments are evaluated now.</summary>
    /// <exception cref="ArgumentException">The expression's body is not a <c>new</c>.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2072",
        Justification = "The expression names the constructor that is used.")]
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (factory.Body is not NewExpression { Constructor: not null } body)
            throw new ArgumentException($"The factory must be an expression [() => new {typeof(TActor).Name}(...)].",
                nameof(factory));
        var arguments = new object?[body.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = Evaluate(body.Arguments[i]);
        return new Props(body.Type, body.Constructor, arguments, supervisorStrategy);
    }

    /// <summary>Makes props from a type and the arguments of its constructor.</summary>
    public static Props Create<[DynamicallyAccessedMembers(Constructors)] TActor>(params object[] args)
        where TActor : ActorBase => new(typeof(TActor), null, args, null);

    /// <summary>Makes props of a type without arguments, with a strategy.</summary>
    public static Props Create<[DynamicallyAccessedMembers(Constructors)] TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(typeof(TActor), null, [], supervisorStrategy);

    /// <summary>Makes props from a type and the arguments of its constructor.</summary>
    public static Props Create([DynamicallyAccessedMembers(Constructors)] Type type, params object[] args) =>
        new(type, null, args, null);

    /// <summary>The same props with this strategy in place of the actor's own.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy) =>
        new(Type, _constructor, Arguments, supervisorStrategy) { Gate = Gate, Dispatcher = Dispatcher };

    /// <summary>The same props with turns from another dispatcher.</summary>
    /// <param name="dispatcher"><c>akka.actor.default-dispatcher</c>, which is the thread pool, or
    /// <c>akka.io.pinned-dispatcher</c>, a thread for the actor alone: for one that blocks. Any other name is refused
    /// when the actor is made. In a simulation all actors share the one thread.</param>
    public Props WithDispatcher(string dispatcher) =>
        new(Type, _constructor, Arguments, SupervisorStrategy) { Gate = Gate, Dispatcher = dispatcher };

    /// <summary>The same props with this gate.</summary>
    internal Props WithGate(Func<bool> gate) =>
        new(Type, _constructor, Arguments, SupervisorStrategy) { Gate = gate, Dispatcher = Dispatcher };

    /// <summary>Makes one instance; for the runtime, on the actor's own turn.</summary>
    public virtual ActorBase NewActor()
    {
        try
        {
            return (ActorBase)(_constructor is null
                ? Activator.CreateInstance(Type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic,
                    null, Arguments, null)!
                : _constructor.Invoke(Arguments));
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Props? other) => ReferenceEquals(this, other) || (other is not null && Type == other.Type
        && Dispatcher == other.Dispatcher
        && Equals(SupervisorStrategy, other.SupervisorStrategy) && Arguments.SequenceEqual(other.Arguments));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Props);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Arguments.Length);

    /// <inheritdoc/>
    public override string ToString() => $"Props({Type.Name}, {Arguments.Length} arguments)";

    // Constants and captured variables, which is what arguments mostly are, need no compilation.
    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member =>
            field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object)))
        .Compile(preferInterpretation: true)(),
    };
}
