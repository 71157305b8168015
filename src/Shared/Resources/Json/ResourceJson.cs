using System.Text.Json.Serialization;

namespace Agent.Resources.Json;

/// <summary>The generated (de)serialisers of all typed kinds: camel case, defaults left out, numbers never
/// quoted.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(IPPool))]
[JsonSerializable(typeof(AllowedUse))]
[JsonSerializable(typeof(IPReservation))]
[JsonSerializable(typeof(IpamConfiguration))]
[JsonSerializable(typeof(BlockAffinity))]
[JsonSerializable(typeof(IpamBlock))]
[JsonSerializable(typeof(AllocationAttribute))]
[JsonSerializable(typeof(BgpConfiguration))]
[JsonSerializable(typeof(ServiceCidr))]
[JsonSerializable(typeof(NamedCommunity))]
[JsonSerializable(typeof(PrefixAdvertisement))]
[JsonSerializable(typeof(BgpPeer))]
[JsonSerializable(typeof(BgpFilter))]
[JsonSerializable(typeof(BgpFilterRule))]
[JsonSerializable(typeof(BgpFilterOperation))]
[JsonSerializable(typeof(uint))]
[JsonSerializable(typeof(CalicoNode))]
[JsonSerializable(typeof(NodeAddressEntry))]
[JsonSerializable(typeof(OrchRef))]
[JsonSerializable(typeof(NodeInterface))]
[JsonSerializable(typeof(ClusterInformation))]
[JsonSerializable(typeof(KubeNode))]
[JsonSerializable(typeof(KubeNodeStatus))]
[JsonSerializable(typeof(KubeNodeAddress))]
[JsonSerializable(typeof(KubeNodeCondition))]
[JsonSerializable(typeof(KubeNamespace))]
[JsonSerializable(typeof(Pod))]
[JsonSerializable(typeof(PodStatus))]
[JsonSerializable(typeof(PodIP))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ServicePort))]
[JsonSerializable(typeof(ServiceStatus))]
[JsonSerializable(typeof(IngressPoint))]
[JsonSerializable(typeof(EndpointSlice))]
[JsonSerializable(typeof(Endpoint))]
[JsonSerializable(typeof(EndpointPort))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int?))]
internal sealed partial class ResourceJson : JsonSerializerContext;
