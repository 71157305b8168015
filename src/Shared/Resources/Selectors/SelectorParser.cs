using System.Buffers;

namespace Agent.Resources;

/// <summary>Recursive descent over the grammar that <see cref="Selector"/> states; the first error stops it.</summary>
internal sealed class SelectorParser(string text)
{
    /// <summary>How deep parentheses and negations may nest, so that no input can exhaust the stack.</summary>
    private const int DeepestNesting = 100;

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-");

    private int _position;
    private int _depth;

    public SelectorError? Error { get; private set; }

    /// <summary>The tree of the whole text, or null with <see cref="Error"/> set.</summary>
    public SelectorNode? Parse()
    {
        SkipSpace();
        if (_position == text.Length) return new SelectorNode.All();
        var root = Expression();
        if (root is null) return null;
        return _position == text.Length ? root : Fail("'&&', '||' or the end");
    }

    private SelectorNode? Expression() => Chain("||", Term, static operands => new SelectorNode.Or(operands));

    private SelectorNode? Term() => Chain("&&", Factor, static operands => new SelectorNode.And(operands));

    private SelectorNode? Chain(string separator,
        Func<SelectorNode?> part, Func<ValueList<SelectorNode>, SelectorNode> join)
    {
        List<SelectorNode> operands = [];
        do
        {
            var operand = part();
            if (operand is null) return null;
            operands.Add(operand);
        }
        while (Take(separator));
        return operands.Count == 1 ? operands[0] : join(new ValueList<SelectorNode>([.. operands]));
    }

    private SelectorNode? Factor()
    {
        if (++_depth > DeepestNesting) return Fail("no deeper nesting");
        var node = Take("!") ? Negate(Factor()) : Primary();
        _depth--;
        return node;
    }

    private static SelectorNode.Not? Negate(SelectorNode? operand) =>
        operand is null ? null : new SelectorNode.Not(operand);

    private SelectorNode? Primary()
    {
        if (Take("("))
        {
            var inner = Expression();
            if (inner is null) return null;
            return Take(")") ? inner : Fail("')'");
        }

        var start = _position;
        var label = Label();
        if (label is null) return Fail("a label, 'all()', 'has(', '!' or '('");
        if (Take("("))
        {
            switch (label)
            {
                case "all" when Take(")"): return new SelectorNode.All();
                case "global" when Take(")"): return new SelectorNode.Global();
                case "all" or "global": return Fail("')'");
                case "has":
                    var name = Label();
                    if (name is null) return Fail("a label");
                    return Take(")") ? new SelectorNode.Has(name) : Fail("')'");
                default:
                    _position = start;
                    return Fail("all(), global() or has(label)");
            }
        }

        return Operation(label);
    }

    private SelectorNode? Operation(string label)
    {
        if (Take("==")) return Compare(label, LabelOperator.Equal);
        if (Take("!=")) return Compare(label, LabelOperator.NotEqual);
        if (TakeWord("contains")) return Compare(label, LabelOperator.Contains);
        if (TakeWords("starts", "with")) return Compare(label, LabelOperator.StartsWith);
        if (TakeWords("ends", "with")) return Compare(label, LabelOperator.EndsWith);
        if (TakeWords("not", "in")) return Set(label, negated: true);
        if (TakeWord("in")) return Set(label, negated: false);
        return Fail("'==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with'");
    }

    private SelectorNode? Compare(string label, LabelOperator by) =>
        Value() is { } value ? new SelectorNode.Compare(label, by, value) : null;

    private SelectorNode? Set(string label, bool negated)
    {
        if (!Take("{")) return Fail("'{'");
        List<string> values = [];
        if (!Take("}"))
        {
            do
            {
                var value = Value();
                if (value is null) return null;
                values.Add(value);
            }
            while (Take(","));
            if (!Take("}")) return Fail("',' or '}'");
        }

        return new SelectorNode.In(label, negated, new ValueList<string>([.. values]));
    }

    private string? Value()
    {
        if (_position < text.Length && text[_position] is '\'' or '"')
        {
            var end = text.IndexOf(text[_position], _position + 1);
            if (end >= 0)
            {
                var value = text[(_position + 1)..end];
                _position = end + 1;
                SkipSpace();
                return value;
            }

            Fail("a closing quote");
            return null;
        }

        Fail("a quoted value");
        return null;
    }

    private string? Label()
    {
        var length = text.AsSpan(_position).IndexOfAnyExcept(LabelCharacters);
        if (length < 0) length = text.Length - _position;
        if (length == 0) return null;
        var label = text.Substring(_position, length);
        _position += length;
        SkipSpace();
        return label;
    }

    private bool Take(string sign)
    {
        if (string.CompareOrdinal(text, _position, sign, 0, sign.Length) != 0) return false;
        _position += sign.Length;
        SkipSpace();
        return true;
    }

    private bool TakeWord(string word)
    {
        var start = _position;
        if (Label() == word) return true;
        _position = start;
        return false;
    }

    private bool TakeWords(string first, string second)
    {
        var start = _position;
        if (TakeWord(first) && TakeWord(second)) return true;
        _position = start;
        return false;
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position])) _position++;
    }

    private SelectorNode? Fail(string expected)
    {
        Error ??= new SelectorError(text, _position, expected);
        return null;
    }
}
