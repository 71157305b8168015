namespace Agent.Runtime.Actor;

/// <summary>Marks what a system has one of, made at first use.</summary>
public interface IExtension;

/// <summary>The identity and the maker of an extension.</summary>
public interface IExtensionId
{
    /// <summary>The type of the extension, by which it is found.</summary>
    Type ExtensionType { get; }

    /// <summary>The extension of this system, made where it is not there yet.</summary>
    object Apply(ActorSystem system);

    /// <summary>The extension of this system, which must be registered.</summary>
    object Get(ActorSystem system);

    /// <summary>Makes the extension; called once for each system.</summary>
    object CreateExtension(ExtendedActorSystem system);
}

/// <summary>The identity and the maker of an extension of a known type.</summary>
public interface IExtensionId<out T> : IExtensionId where T : IExtension
{
    /// <inheritdoc cref="IExtensionId.Apply"/>
    new T Apply(ActorSystem system);

    /// <inheritdoc cref="IExtensionId.Get"/>
    new T Get(ActorSystem system);

    /// <inheritdoc cref="IExtensionId.CreateExtension"/>
    new T CreateExtension(ExtendedActorSystem system);
}

/// <summary>The base of extension ids.</summary>
public abstract class ExtensionIdProvider<T> : IExtensionId<T> where T : IExtension
{
    /// <inheritdoc/>
    public Type ExtensionType => typeof(T);

    /// <inheritdoc/>
    public T Apply(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return (T)system.RegisterExtension(this);
    }

    /// <inheritdoc/>
    public T Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return (T)system.GetExtension(this);
    }

    /// <inheritdoc/>
    public abstract T CreateExtension(ExtendedActorSystem system);

    object IExtensionId.Apply(ActorSystem system) => Apply(system);

    object IExtensionId.Get(ActorSystem system) => Get(system);

    object IExtensionId.CreateExtension(ExtendedActorSystem system) => CreateExtension(system);
}

/// <summary>Reaching extensions from a system.</summary>
public static class ActorSystemWithExtensions
{
    /// <summary>The extension of this type, made by its provider where it is not there yet.</summary>
    public static T WithExtension<T, TI>(this ActorSystem system) where T : class, IExtension
        where TI : IExtensionId, new()
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.GetExtension<T>() ?? (T)system.RegisterExtension(new TI());
    }
}
