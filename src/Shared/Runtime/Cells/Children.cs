using Agent.Runtime.Actor;

namespace Agent.Runtime.Cells;

/// <summary>A child with what its supervisor counts.</summary>
internal sealed class Child(LocalActorRef @ref)
{
    private int _restarts;
    private long _windowStart;

    public LocalActorRef Ref { get; } = @ref;

    /// <summary>Whether the parent has told the child to stop.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Counts one more restart; false where that is more than is allowed. Without a limit but with a window,
    /// one restart is allowed in each.</summary>
    public bool CountRestart(int limit, TimeSpan? window, TimeProvider time)
    {
        if (limit < 0 && window is null)
            return true;
        if (window is null)
            return ++_restarts <= limit;
        var now = time.GetTimestamp();
        if (_restarts == 0 || time.GetElapsedTime(_windowStart, now) > window)
        {
            _windowStart = now;
            _restarts = 0;
        }

        return ++_restarts <= (limit < 0 ? 1 : limit);
    }
}

/// <summary>The children of an actor by name. The parent's turn makes and stops them; others may look, a guardian's are
/// made from any thread, and a child gives up its own name when it ends.</summary>
/// <remarks>A dictionary gives its entries in an order that depends on insertions and removals alone, not on hash
/// codes.</remarks>
internal sealed class Children
{
    private readonly Lock _lock = new();
    private Dictionary<string, Child>? _byName;
    private bool _closed;
    private int _names;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _byName is not { Count: > 0 };
        }
    }

    /// <summary>Whether a child that was told to stop is still there.</summary>
    public bool AnyStopping
    {
        get
        {
            lock (_lock)
                return _byName is not null && _byName.Values.Any(c => c.IsStopping);
        }
    }

    /// <summary>Makes a child under a name, or under a generated one.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken.</exception>
    /// <exception cref="InvalidOperationException">The parent is stopping.</exception>
    public Child Add(string? name, Func<string, LocalActorRef> make, ActorPath parent)
    {
        lock (_lock)
        {
            if (_closed)
                throw new InvalidOperationException(
                    $"Cannot create a child of [{parent}]: it is terminating or terminated.");
            name ??= GenerateName(_names++);
            _byName ??= [];
            if (_byName.ContainsKey(name))
                throw new InvalidActorNameException($"Actor name [{name}] is not unique below [{parent}].");
            var child = new Child(make(name));
            _byName.Add(name, child);
            return child;
        }
    }

    /// <summary>No more children from now on.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }

    public Child? Find(string name)
    {
        lock (_lock)
            return _byName?.GetValueOrDefault(name);
    }

    /// <summary>The entry of this very incarnation, or null.</summary>
    public Child? Find(IActorRef child) =>
        Find(child.Path.Name) is { } found && ReferenceEquals(found.Ref, child) ? found : null;

    public IReadOnlyList<Child> Snapshot()
    {
        lock (_lock)
            return _byName is null ? [] : [.. _byName.Values];
    }

    /// <summary>Gives a name back.</summary>
    public void Release(LocalActorRef child)
    {
        lock (_lock)
        {
            if (_byName is not null && _byName.TryGetValue(child.Path.Name, out var found)
                && ReferenceEquals(found.Ref, child))
                _byName.Remove(child.Path.Name);
        }
    }

    /// <summary>The n-th name of those that users cannot give: a dollar and digits to the base 32.</summary>
    public static string GenerateName(int n)
    {
        const string digits = "abcdefghijklmnopqrstuvwxyz234567";
        var name = "";
        do
        {
            name += digits[n % 32];
            n /= 32;
        }
        while (n > 0);
        return "$" + name;
    }
}
