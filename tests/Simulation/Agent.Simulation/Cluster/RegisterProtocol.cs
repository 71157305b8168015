using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Simulation.Cluster;

/// <summary>What clients say to registers, and what they hear.</summary>
internal static class RegisterProtocol
{
    public const string TypeName = "register";
    public const int Shards = 12;

    /// <summary>Put a number of a client's into a register; to be repeated until it is <see cref="Stored"/>.</summary>
    /// <param name="Id">The register.</param>
    /// <param name="Client">Who puts it.</param>
    /// <param name="Number">One more than the last that was stored.</param>
    /// <param name="Attempt">Tells one message from the next.</param>
    public sealed record Put(string Id, string Client, long Number, long Attempt);

    /// <summary>The number is in the register, for good.</summary>
    public sealed record Stored(string Id, string Client, long Number, long Attempt);

    /// <summary>It is not known to be there.</summary>
    public sealed record Refused(string Id, long Attempt, string Why);

    /// <summary>Which message is for which register.</summary>
    public sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => (message as Put)?.Id;

        public override object EntityMessage(object message) => message;
    }
}

/// <summary>How they stand in frames.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RegisterProtocol.Put))]
[JsonSerializable(typeof(RegisterProtocol.Stored))]
[JsonSerializable(typeof(RegisterProtocol.Refused))]
internal sealed partial class RegisterJson : JsonSerializerContext;
