using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Agent.Bgp.Recordings;
using Agent.Ctl.Commands.State;
using Agent.Ipc;

namespace Agent.Ctl.Output;

/// <summary>The JSON of what is printed beside the agent's own answers, made at compile time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JournalDocument))]
[JsonSerializable(typeof(EntryDocument))]
[JsonSerializable(typeof(List<EntryDocument>))]
[JsonSerializable(typeof(List<Complaint>))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(ReplayReport))]
internal sealed partial class DocumentJson : JsonSerializerContext;
