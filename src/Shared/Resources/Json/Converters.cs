using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Primitives;

namespace Agent.Resources.Json;

/// <summary>An AS number: a JSON integer, a decimal string, or the dotted form <c>hi.lo</c>; always written as an
/// integer.</summary>
/// <remarks>An unquoted <c>1.10</c> of YAML arrives as a number whose text is kept, so that it is AS 1.10 and not
/// 1.1.</remarks>
internal sealed class AsNumberConverter : JsonConverter<uint>
{
    public override uint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.String => reader.GetString()!,
            _ => throw new JsonException("must be an AS number: an integer, or a string in decimal or dotted form"),
        };
        return AsNumber.TryParse(text, out var number) ? number : throw new JsonException(AsNumber.Expected);
    }

    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value);
}

/// <summary>A list of AS numbers, each in any of their forms.</summary>
internal sealed class AsNumberListConverter : JsonConverter<ValueList<uint>>
{
    private static readonly AsNumberConverter Item = new();

    public override bool HandleNull => true;

    public override ValueList<uint> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return default;
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("must be a list of AS numbers");
        var items = new List<uint>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Item.Read(ref reader, typeof(uint), options));
        return [.. items];
    }

    public override void Write(Utf8JsonWriter writer, ValueList<uint> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var item in value.AsSpan()) Item.Write(writer, item, options);
        writer.WriteEndArray();
    }
}

/// <summary>A network in canonical text, host bits zero.</summary>
internal sealed class IpPrefixConverter : JsonConverter<IpPrefix>
{
    public override IpPrefix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return default;
        var text = reader.TokenType == JsonTokenType.String
            ? reader.GetString()!
            : throw new JsonException("must be a CIDR");
        if (text.Length == 0) return default;
        if (IpPrefix.TryParse(text, out var prefix)) return prefix;
        throw new JsonException(IpPrefix.TryParseInterface(text, out _, out _)
            ? "CIDR is not strictly masked"
            : "must be a CIDR: an address, a slash and a length");
    }

    public override void Write(Utf8JsonWriter writer, IpPrefix value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>An enumeration by the exact names of its members; the empty string is the first member.</summary>
internal sealed class EnumTextConverter<T> : JsonConverter<T> where T : struct, Enum
{
    private static readonly string[] Names = Enum.GetNames<T>();

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Wrong();
        if (text.Length == 0) return default;
        return Names.Contains(text) && Enum.TryParse<T>(text, out var value) ? value : throw Wrong();
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    private static JsonException Wrong() => new($"must be one of: {string.Join(", ", Names)}");
}

/// <summary>An enumeration whose names begin in lower case in Calico's spelling (<c>confirmed</c>,
/// <c>pendingDeletion</c>).</summary>
internal sealed class AffinityStateConverter : JsonConverter<AffinityState>
{
    public override AffinityState Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String ? throw Wrong() : reader.GetString() switch
        {
            "" or "confirmed" => AffinityState.Confirmed,
            "pending" => AffinityState.Pending,
            "pendingDeletion" => AffinityState.PendingDeletion,
            _ => throw Wrong(),
        };

    public override void Write(Utf8JsonWriter writer, AffinityState value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value switch
        {
            AffinityState.Pending => "pending",
            AffinityState.PendingDeletion => "pendingDeletion",
            _ => "confirmed",
        });

    private static JsonException Wrong() => new("must be one of: confirmed, pending, pendingDeletion");
}

/// <summary>A Go duration string, as Kubernetes writes them.</summary>
internal sealed class GoDurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && GoDuration.TryParse(reader.GetString(), out var duration)
            ? duration
            : throw new JsonException("must be a duration such as '10s' or '2m'");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(GoDuration.Format(value));
}

/// <summary>A boolean that the old CRD group wrote as the string <c>"true"</c> or <c>"false"</c>.</summary>
internal sealed class LenientBooleanConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.String => reader.GetString() switch
            {
                "true" => true,
                "false" or "" => false,
                _ => throw new JsonException("must be true or false"),
            },
            _ => throw new JsonException("must be true or false"),
        };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) =>
        writer.WriteBooleanValue(value);
}

/// <summary>A port by number or by name.</summary>
internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt32(out var number) => new IntOrString(number),
            JsonTokenType.String => new IntOrString(reader.GetString()!),
            _ => throw new JsonException("must be an integer or a string"),
        };

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Text is { } text) writer.WriteStringValue(text);
        else writer.WriteNumberValue(value.Number);
    }
}

/// <summary>The text forms of an AS number.</summary>
internal static class AsNumber
{
    public const string Expected = "must be an AS number: 0 to 4294967295, or hi.lo with each part 0 to 65535";

    /// <summary>Reads a decimal number of 32 bits, or two of 16 bits with a dot between (RFC 5396 asdot+).</summary>
    public static bool TryParse(string text, out uint number)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        number = 0;
        if (!ushort.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var high))
            return false;
        if (!ushort.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var low))
            return false;
        number = ((uint)high << 16) | low;
        return true;
    }
}
