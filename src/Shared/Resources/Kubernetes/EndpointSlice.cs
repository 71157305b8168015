using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>Whether an endpoint can be used.</summary>
public sealed record EndpointConditions
{
    /// <summary>False when the endpoint must not be used; null counts as true.</summary>
    public bool? Ready { get; init; }

    /// <summary>As ready, but also while it terminates; not consulted by BGP.</summary>
    public bool? Serving { get; init; }

    /// <summary>True while it terminates; not consulted by BGP.</summary>
    public bool? Terminating { get; init; }
}

/// <summary>One endpoint of a service.</summary>
public sealed record Endpoint
{
    /// <summary>Its addresses, all of the slice's type.</summary>
    public ValueList<string> Addresses { get; init; }

    /// <summary>Whether it can be used.</summary>
    public EndpointConditions? Conditions { get; init; }

    /// <summary>The Kubernetes node on which it runs.</summary>
    public string? NodeName { get; init; }

    /// <summary>True unless the endpoint says that it is not ready.</summary>
    [JsonIgnore]
    public bool IsReady => Conditions?.Ready ?? true;
}

/// <summary>One port of a slice.</summary>
public sealed record EndpointPort
{
    /// <summary>The service port's name.</summary>
    public string? Name { get; init; }

    /// <summary>The protocol.</summary>
    public string? Protocol { get; init; }

    /// <summary>The number.</summary>
    public int Port { get; init; }
}

/// <summary>Some of a service's endpoints.</summary>
public sealed record EndpointSlice : TypedResource
{
    /// <summary>The label that names the service.</summary>
    public const string ServiceLabel = "kubernetes.io/service-name";

    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string AddressType { get; init => field = value ?? ""; } = "";

    /// <summary>The endpoints.</summary>
    public ValueList<Endpoint> Endpoints { get; init; }

    /// <summary>The ports.</summary>
    public ValueList<EndpointPort> Ports { get; init; }

    /// <summary>The service to which the slice belongs, in the slice's namespace; null where it belongs to
    /// none.</summary>
    [JsonIgnore]
    public string? ServiceName => Labels.GetValueOrDefault(ServiceLabel);

    /// <summary>Reads a slice.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static EndpointSlice From(Resource resource) =>
        TypedJson.ReadSpec(resource, Kinds.EndpointSlice,
            ResourceJson.Default.EndpointSlice) with
        { Metadata = ObjectMeta.Of(resource) };

    /// <summary>The envelope with the members that the agent knows.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.EndpointSlice, TypedJson.Write(this, ResourceJson.Default.EndpointSlice));
}
