using System.Text.Json.Serialization;
using Agent.Actors.Bgp;
using Agent.Actors.Cluster;
using Agent.Actors.Ipam;
using Agent.Actors.Node;
using Agent.Actors.Resources;
using Agent.Actors.Routing;
using Agent.Actors.Services;
using Agent.Actors.Workloads;

namespace Agent.Host.LocalApi;

/// <summary>The JSON of what actors answer to <c>Describe</c>, made at compile time: a new answer has its line
/// here.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PeerSetProtocol.Status), TypeInfoPropertyName = "PeerSet")]
[JsonSerializable(typeof(PeerProtocol.Description), TypeInfoPropertyName = "Peer")]
[JsonSerializable(typeof(RibProtocol.Description), TypeInfoPropertyName = "Rib")]
[JsonSerializable(typeof(PasswordProtocol.Description), TypeInfoPropertyName = "Passwords")]
[JsonSerializable(typeof(BlockAffinityDescription))]
[JsonSerializable(typeof(ClusterProtocol.View), TypeInfoPropertyName = "Cluster")]
[JsonSerializable(typeof(IpamProtocol.Description), TypeInfoPropertyName = "Blocks")]
[JsonSerializable(typeof(NodeActor.Description), TypeInfoPropertyName = "Node")]
[JsonSerializable(typeof(PlannerProtocol.Description), TypeInfoPropertyName = "Planner")]
[JsonSerializable(typeof(ResourceProtocol.Description), TypeInfoPropertyName = "Resources")]
[JsonSerializable(typeof(RouteProtocol.Description), TypeInfoPropertyName = "Routes")]
[JsonSerializable(typeof(RouteProtocol.WriterDescription))]
[JsonSerializable(typeof(NatProtocol.Description), TypeInfoPropertyName = "Nat")]
[JsonSerializable(typeof(ServiceProtocol.Description), TypeInfoPropertyName = "Services")]
[JsonSerializable(typeof(PodProtocol.Description), TypeInfoPropertyName = "Pods")]
[JsonSerializable(typeof(PodProtocol.RequestDescription))]
[JsonSerializable(typeof(LocalPeersProtocol.Description), TypeInfoPropertyName = "LocalPeers")]
[JsonSerializable(typeof(RuntimeActorDescription))]
internal sealed partial class DescriptionJson : JsonSerializerContext;
