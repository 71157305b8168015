using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Resources.Json;

/// <summary>Reads and writes a <see cref="ValueList{T}"/> as a JSON array; null reads as the empty list.</summary>
/// <remarks>The element types are named here, since a program that is compiled ahead of time makes no converter of a
/// type that it first meets when it runs.</remarks>
internal sealed class ValueListConverterFactory : JsonConverterFactory
{
    private static readonly Dictionary<Type, Func<JsonConverter>> Converters = new()
    {
        [typeof(AllocationAttribute)] = () => new ValueListConverter<AllocationAttribute>(),
        [typeof(AllowedUse)] = () => new ValueListConverter<AllowedUse>(),
        [typeof(BgpFilterOperation)] = () => new ValueListConverter<BgpFilterOperation>(),
        [typeof(BgpFilterRule)] = () => new ValueListConverter<BgpFilterRule>(),
        [typeof(Endpoint)] = () => new ValueListConverter<Endpoint>(),
        [typeof(EndpointPort)] = () => new ValueListConverter<EndpointPort>(),
        [typeof(IngressPoint)] = () => new ValueListConverter<IngressPoint>(),
        [typeof(KubeNodeAddress)] = () => new ValueListConverter<KubeNodeAddress>(),
        [typeof(KubeNodeCondition)] = () => new ValueListConverter<KubeNodeCondition>(),
        [typeof(NamedCommunity)] = () => new ValueListConverter<NamedCommunity>(),
        [typeof(NodeAddressEntry)] = () => new ValueListConverter<NodeAddressEntry>(),
        [typeof(NodeInterface)] = () => new ValueListConverter<NodeInterface>(),
        [typeof(OrchRef)] = () => new ValueListConverter<OrchRef>(),
        [typeof(PodIP)] = () => new ValueListConverter<PodIP>(),
        [typeof(PrefixAdvertisement)] = () => new ValueListConverter<PrefixAdvertisement>(),
        [typeof(SelectorNode)] = () => new ValueListConverter<SelectorNode>(),
        [typeof(ServiceCidr)] = () => new ValueListConverter<ServiceCidr>(),
        [typeof(ServicePort)] = () => new ValueListConverter<ServicePort>(),
        [typeof(int)] = () => new ValueListConverter<int>(),
        [typeof(int?)] = () => new ValueListConverter<int?>(),
        [typeof(string)] = () => new ValueListConverter<string>(),
        [typeof(uint)] = () => new ValueListConverter<uint>(),
    };

    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ValueList<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        Converters.TryGetValue(typeToConvert.GenericTypeArguments[0], out var create)
            ? create()
            : throw new NotSupportedException(
                $"{nameof(ValueListConverterFactory)} does not name {typeToConvert.GenericTypeArguments[0]}; add it");
}

/// <summary>The converter for one element type.</summary>
internal sealed class ValueListConverter<T> : JsonConverter<ValueList<T>>
{
    public override bool HandleNull => true;

    public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return default;
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a list");
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var items = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(JsonSerializer.Deserialize(ref reader, type)!);
        return new ValueList<T>([.. items]);
    }

    public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var item in value.AsSpan()) JsonSerializer.Serialize(writer, item, type);
        writer.WriteEndArray();
    }
}
