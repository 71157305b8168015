using System.Globalization;

namespace Agent.Runtime.Actor;

/// <summary>Where an actor system is: protocol, system name and, for one that others can reach, host and
/// port.</summary>
/// <remarks>Text form <c>akka://system</c> or <c>akka.tcp://system@host:port</c>.</remarks>
public sealed class Address : IComparable<Address>, IEquatable<Address>
{
    /// <summary>An address; without host and port it is meant within one process.</summary>
    public Address(string protocol, string system, string? host = null, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(system);
        Protocol = protocol;
        System = system;
        Host = host;
        Port = port;
    }

    /// <summary>The protocol, such as <c>akka</c>.</summary>
    public string Protocol { get; }

    /// <summary>The name of the actor system.</summary>
    public string System { get; }

    /// <summary>The host, or null for a local address.</summary>
    public string? Host { get; }

    /// <summary>The TCP port, or null for a local address.</summary>
    public int? Port { get; }

    /// <summary>Whether the address means something outside its process.</summary>
    public bool HasGlobalScope => !string.IsNullOrEmpty(Host);

    /// <summary>Whether the address means something only within its process.</summary>
    public bool HasLocalScope => !HasGlobalScope;

    /// <summary>The same address on another host.</summary>
    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    /// <summary>The same address on another port.</summary>
    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    /// <summary>The same address under another protocol.</summary>
    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    /// <summary>The same address of another system.</summary>
    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    /// <summary>The address without its protocol, <c>system@host:port</c>.</summary>
    public string HostPort() => ToString()[(Protocol.Length + 3)..];

    /// <summary>Reads the text form.</summary>
    /// <exception cref="UriFormatException">The text is no address.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out var parsed)
            ? parsed!
            : throw new UriFormatException($"Not an actor system address: [{address}]");

    /// <summary>Reads the text form; false where the text is no address.</summary>
    public static bool TryParse(string path, out Address? address)
    {
        address = null;
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            return false;
        var rest = path.AsSpan(scheme + 3);
        if (rest.IndexOf('/') is var slash and >= 0)
            rest = rest[..slash];
        var at = rest.IndexOf('@');
        var system = at < 0 ? rest : rest[..at];
        if (system.IsEmpty)
            return false;
        if (at < 0)
        {
            address = new Address(path[..scheme], system.ToString());
            return true;
        }

        var authority = rest[(at + 1)..];
        var colon = authority.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture,
            out var port))
            return false;
        address = new Address(path[..scheme], system.ToString(), authority[..colon].ToString(), port);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Address? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    /// <inheritdoc/>
    public bool Equals(Address? other) => ReferenceEquals(this, other) || (other is not null && Port == other.Port
        && System == other.System && Host == other.Host && Protocol == other.Protocol);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Address);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    /// <inheritdoc/>
    public override string ToString() => Host is null
        ? $"{Protocol}://{System}"
        : string.Create(CultureInfo.InvariantCulture, $"{Protocol}://{System}@{Host}:{Port}");

    /// <summary>Whether both are the same address.</summary>
    public static bool operator ==(Address? left, Address? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether the addresses differ.</summary>
    public static bool operator !=(Address? left, Address? right) => !(left == right);
}
