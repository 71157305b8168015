using System.Globalization;

namespace Agent.Runtime.Actor;

/// <summary>The place of an actor in its system, as <c>akka://system/user/parent/child</c>.</summary>
/// <remarks>Two paths are equal when they name the same place. The <see cref="Uid"/>, which tells the incarnations of
/// one place apart, counts in the equality of refs, not of paths; 0 means any incarnation.</remarks>
public abstract class ActorPath : IComparable<ActorPath>, IEquatable<ActorPath>
{
    private string? _withoutAddress;

    /// <summary>A root.</summary>
    private protected ActorPath(Address address, string name)
    {
        Address = address;
        Name = name;
    }

    /// <summary>A path below another.</summary>
    private protected ActorPath(ActorPath parentPath, string name, long uid)
    {
        ArgumentNullException.ThrowIfNull(parentPath);
        Address = parentPath.Address;
        Name = name;
        Uid = uid;
        Depth = parentPath.Depth + 1;
    }

    /// <summary>What a name may hold beside letters, digits and percent escapes.</summary>
    public static string ValidSymbols => "\"-_.*$+:@&=,!~';()";

    /// <summary>The system that the path is in.</summary>
    public Address Address { get; }

    /// <summary>The last element; a slash for the root.</summary>
    public string Name { get; }

    /// <summary>The incarnation, or 0 where none is meant.</summary>
    public long Uid { get; }

    /// <summary>How many elements stand between this path and the root; 0 for the root.</summary>
    public int Depth { get; }

    /// <summary>The path above; the root's parent is the root.</summary>
    public abstract ActorPath Parent { get; }

    /// <summary>The root of the path.</summary>
    public ActorPath Root => ParentOf(Depth);

    /// <summary>The names from below the root down to this path.</summary>
    public IReadOnlyList<string> Elements
    {
        get
        {
            var elements = new string[Depth];
            ActorPath path = this;
            for (var i = Depth - 1; i >= 0; i--)
            {
                elements[i] = path.Name;
                path = path.Parent;
            }

            return elements;
        }
    }

    /// <summary>The path of a child; an empty name gives this path.</summary>
    public static ActorPath operator /(ActorPath path, string name) => path.Child(name);

    /// <summary>The path below this one by the names given.</summary>
    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) =>
        name.Aggregate(path, (p, n) => p.Child(n));

    /// <summary>The path of a child; <c>name#uid</c> names one incarnation of it.</summary>
    public ActorPath Child(string childName)
    {
        var hash = childName.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0)
            return childName.Length == 0 ? this : new ChildActorPath(this, childName, 0);
        return new ChildActorPath(this, childName[..hash],
            long.Parse(childName.AsSpan(hash + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>The path so many steps above; never above the root.</summary>
    public ActorPath ParentOf(int depth)
    {
        var path = this;
        for (; depth > 0; depth--)
            path = path.Parent;
        return path;
    }

    /// <summary>The same place, of another incarnation.</summary>
    public ActorPath WithUid(long uid) => Depth == 0 || uid == Uid ? this : new ChildActorPath(Parent, Name, uid);

    /// <summary>Whether a user's actor may have this name: not empty, not beginning with a dollar, ASCII letters,
    /// digits, <see cref="ValidSymbols"/> and percent escapes.</summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$')
            return false;
        for (var i = 0; i < s.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(s[i]) || ValidSymbols.Contains(s[i], StringComparison.Ordinal))
                continue;
            if (s[i] != '%' || i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2]))
                return false;
            i += 2;
        }

        return true;
    }

    /// <summary>Writes names as the path part of an address, with a leading slash.</summary>
    public static string FormatPathElements(IEnumerable<string> pathElements) => "/" + string.Join('/', pathElements);

    /// <summary>Reads the text form with its address.</summary>
    /// <exception cref="UriFormatException">The text is no actor path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out var parsed) ? parsed! : throw new UriFormatException($"Not an actor path: [{path}]");

    /// <summary>Reads the text form with its address and, where there is one, its uid; false where the text is no actor
    /// path.</summary>
    public static bool TryParse(string path, out ActorPath? actorPath)
    {
        actorPath = null;
        if (!Address.TryParse(path, out var address))
            return false;
        var start = path.IndexOf('/', path.IndexOf("://", StringComparison.Ordinal) + 3);
        actorPath = new RootActorPath(address!);
        if (start < 0)
            return true;
        var rest = path[start..];
        var hash = rest.IndexOf('#', StringComparison.Ordinal);
        var uid = 0L;
        if (hash >= 0 && !long.TryParse(rest.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out uid))
            return false;
        foreach (var name in (hash < 0 ? rest : rest[..hash]).Split('/', StringSplitOptions.RemoveEmptyEntries))
            actorPath = new ChildActorPath(actorPath, name, 0);
        actorPath = actorPath.WithUid(uid);
        return true;
    }

    /// <summary>The text form without the address, such as <c>/user/a</c>.</summary>
    public string ToStringWithoutAddress() => _withoutAddress ??= Depth == 0 ? "/" : FormatPathElements(Elements);

    /// <summary>The text form with the path's own address.</summary>
    public string ToStringWithAddress() => ToStringWithAddress(Address);

    /// <summary>The text form with this address where the path has only a local one.</summary>
    public string ToStringWithAddress(Address address) =>
        (Address.HasGlobalScope ? Address : address) + ToStringWithoutAddress();

    /// <summary>The text form with the uid.</summary>
    public string ToStringWithUid() => ToString() + Fragment;

    /// <summary>The form that names one incarnation from anywhere.</summary>
    public string ToSerializationFormat() => ToStringWithUid();

    /// <summary>The form that names one incarnation, with this address where the path has only a local one.</summary>
    public string ToSerializationFormatWithAddress(Address address) => ToStringWithAddress(address) + Fragment;

    private string Fragment => Uid == 0 ? "" : "#" + Uid.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => ToStringWithAddress();

    /// <inheritdoc/>
    public int CompareTo(ActorPath? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    /// <inheritdoc/>
    public bool Equals(ActorPath? other)
    {
        if (other is null || Depth != other.Depth)
            return false;
        ActorPath left = this, right = other;
        while (!ReferenceEquals(left, right))
        {
            if (left.Depth == 0)
                return left.Address.Equals(right.Address);
            if (left.Name != right.Name)
                return false;
            (left, right) = (left.Parent, right.Parent);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Depth, Name, Depth > 0 ? Parent.Name : null);

    /// <summary>Whether both name the same place.</summary>
    public static bool operator ==(ActorPath? left, ActorPath? right) =>
        left is null ? right is null : left.Equals(right);

    /// <summary>Whether the places differ.</summary>
    public static bool operator !=(ActorPath? left, ActorPath? right) => !(left == right);
}

/// <summary>The root of a system's paths.</summary>
internal sealed class RootActorPath(Address address) : ActorPath(address, "/")
{
    public override ActorPath Parent => this;
}

/// <summary>A path below a root.</summary>
internal sealed class ChildActorPath(ActorPath parentPath, string name, long uid) : ActorPath(parentPath, name, uid)
{
    public override ActorPath Parent { get; } = parentPath;
}
