using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Agent.Resources;

/// <summary>One document of a YAML stream as JSON, with the position of every member.</summary>
internal sealed record YamlDocument(JsonNode? Root, Dictionary<string, Mark> Positions);

/// <summary>A YAML stream as JSON documents, plain scalars typed by the core schema of YAML 1.2.</summary>
/// <remarks>
/// Written over the parser's events rather than its object model, because only the events tell a quoted <c>"26"</c>
/// from a plain <c>26</c>. A number keeps its text, so that AS <c>1.10</c> stays what it was. Anchors and aliases are
/// expanded up to <see cref="MostNodes"/> nodes, duplicate keys are refused.
/// </remarks>
internal sealed class YamlDocuments
{
    private const int MostNodes = 1_000_000;
    private const int DeepestNesting = 100;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.eE+-");

    private readonly IParser _parser;
    private Dictionary<string, JsonNode?> _anchors = [];
    private Dictionary<string, Mark> _positions = [];
    private int _nodes;

    private YamlDocuments(string text) => _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));

    /// <summary>Reads all documents; empty ones are left out.</summary>
    /// <exception cref="YamlException">The text is not YAML, with the position.</exception>
    public static List<YamlDocument> Read(string text)
    {
        var reader = new YamlDocuments(text);
        var documents = new List<YamlDocument>();
        reader._parser.Consume<StreamStart>();
        while (!reader._parser.TryConsume<StreamEnd>(out _))
        {
            reader._parser.Consume<DocumentStart>();
            (reader._anchors, reader._positions) = ([], []);
            var root = reader.Node("", 0);
            reader._parser.Consume<DocumentEnd>();
            if (root is not null) documents.Add(new YamlDocument(root, reader._positions));
        }

        return documents;
    }

    private JsonNode? Node(string path, int depth)
    {
        var at = _parser.Current!;
        if (++_nodes > MostNodes || depth > DeepestNesting)
            throw new YamlException(at.Start, at.End, "the document is too large or nests too deeply");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var target))
                throw new YamlException(alias.Start, alias.End, $"there is no anchor '{alias.Value.Value}'");
            _nodes += CountNodes(target);
            return target?.DeepClone();
        }

        var (anchor, node) = _parser.Current switch
        {
            MappingStart mapping => (mapping.Anchor, Mapping(path, depth)),
            SequenceStart sequence => (sequence.Anchor, Sequence(path, depth)),
            Scalar scalar => (scalar.Anchor, Scalar()),
            _ => throw new YamlException(at.Start, at.End, "expected a value"),
        };
        if (!anchor.IsEmpty) _anchors[anchor.Value] = node;
        return node;
    }

    private JsonNode Mapping(string path, int depth)
    {
        _parser.Consume<MappingStart>();
        var result = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be text");
            if (result.ContainsKey(key.Value))
                throw new YamlException(key.Start, key.End, $"the key '{key.Value}' stands twice");
            var child = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            _positions[child] = key.Start;
            result[key.Value] = Node(child, depth + 1);
        }

        return result;
    }

    private JsonNode Sequence(string path, int depth)
    {
        _parser.Consume<SequenceStart>();
        var result = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            var child = string.Create(CultureInfo.InvariantCulture, $"{path}[{result.Count}]");
            _positions[child] = _parser.Current!.Start;
            result.Add(Node(child, depth + 1));
        }

        return result;
    }

    private JsonNode? Scalar()
    {
        var scalar = _parser.Consume<Scalar>();
        if (!scalar.IsPlainImplicit || scalar.Style != ScalarStyle.Plain) return JsonValue.Create(scalar.Value);
        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            var text => Number(text) ?? JsonValue.Create(text),
        };
    }

    /// <summary>The number that a plain scalar is in the core schema, or null when it is text.</summary>
    internal static JsonNode? Number(string text)
    {
        var digits = text.AsSpan(text.Length > 0 && text[0] is '-' or '+' ? 1 : 0);
        if (digits.IsEmpty || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.')) return null;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var hex) ? JsonValue.Create(hex) : null;
        if (text.StartsWith("0o", StringComparison.Ordinal)) return Octal(text);
        if (!digits.ContainsAnyExceptInRange('0', '9'))
        {
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                return JsonValue.Create(whole);
            if (ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large))
                return JsonValue.Create(large);
        }

        if (digits.ContainsAnyExcept(NumberCharacters)
            || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number)) return null;
        return IsJsonNumber(text) ? JsonNode.Parse(text) : JsonValue.Create(number);
    }

    private static JsonValue? Octal(string text)
    {
        ulong value = 0;
        foreach (var digit in text.AsSpan(2))
        {
            if (digit is < '0' or > '7' || value >> 61 != 0) return null;
            value = value * 8 + (uint)(digit - '0');
        }

        return text.Length == 2 ? null : JsonValue.Create(value);
    }

    private static bool IsJsonNumber(string text)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && !reader.Read();
        }
        catch (JsonException)
        {
            // Forms such as "1." and ".5" are numbers of YAML and none of JSON.
            return false;
        }
    }

    private static int CountNodes(JsonNode? node) => node switch
    {
        JsonObject members => 1 + members.Sum(member => CountNodes(member.Value)),
        JsonArray items => 1 + items.Sum(CountNodes),
        _ => 1,
    };
}
