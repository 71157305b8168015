namespace Agent.Resources;

/// <summary>What a label is compared by.</summary>
internal enum LabelOperator
{
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
}

/// <summary>The closed family of expressions that a selector is made of.</summary>
internal abstract record SelectorNode
{
    private SelectorNode() { }

    public abstract bool Matches(IReadOnlyDictionary<string, string> labels);

    /// <summary>True when this node or one below satisfies the condition.</summary>
    public virtual bool Any(Func<SelectorNode, bool> condition) => condition(this);

    private static string Quote(string value) =>
        value.Contains('\'', StringComparison.Ordinal) ? $"\"{value}\"" : $"'{value}'";

    public sealed record All : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => true;

        public override string ToString() => "all()";
    }

    public sealed record Global : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => true;

        public override string ToString() => "global()";
    }

    public sealed record Has(string Label) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => labels.ContainsKey(Label);

        public override string ToString() => $"has({Label})";
    }

    public sealed record Compare(string Label, LabelOperator Operator, string Value) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) =>
            labels.TryGetValue(Label, out var actual)
                ? Operator switch
                {
                    LabelOperator.Equal => actual == Value,
                    LabelOperator.NotEqual => actual != Value,
                    LabelOperator.Contains => actual.Contains(Value, StringComparison.Ordinal),
                    LabelOperator.StartsWith => actual.StartsWith(Value, StringComparison.Ordinal),
                    _ => actual.EndsWith(Value, StringComparison.Ordinal),
                }
                : Operator == LabelOperator.NotEqual;

        public override string ToString()
        {
            var sign = Operator switch
            {
                LabelOperator.Equal => "==",
                LabelOperator.NotEqual => "!=",
                LabelOperator.Contains => "contains",
                LabelOperator.StartsWith => "starts with",
                _ => "ends with",
            };
            return $"{Label} {sign} {Quote(Value)}";
        }
    }

    public sealed record In(string Label, bool Negated, ValueList<string> Values) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) =>
            (labels.TryGetValue(Label, out var actual) && Values.Contains(actual)) != Negated;

        public override string ToString() =>
            $"{Label} {(Negated ? "not in" : "in")} {{{string.Join(", ", Values.Select(Quote))}}}";
    }

    public sealed record Not(SelectorNode Operand) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels) => !Operand.Matches(labels);

        public override bool Any(Func<SelectorNode, bool> condition) => condition(this) || Operand.Any(condition);

        public override string ToString() => $"!{(Operand is Compare or In ? $"({Operand})" : Operand)}";
    }

    public sealed record And(ValueList<SelectorNode> Operands) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            foreach (var operand in Operands.AsSpan())
                if (!operand.Matches(labels)) return false;
            return true;
        }

        public override bool Any(Func<SelectorNode, bool> condition) =>
            condition(this) || Operands.Any(operand => operand.Any(condition));

        public override string ToString() => $"({string.Join(" && ", Operands)})";
    }

    public sealed record Or(ValueList<SelectorNode> Operands) : SelectorNode
    {
        public override bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            foreach (var operand in Operands.AsSpan())
                if (operand.Matches(labels)) return true;
            return false;
        }

        public override bool Any(Func<SelectorNode, bool> condition) =>
            condition(this) || Operands.Any(operand => operand.Any(condition));

        public override string ToString() => $"({string.Join(" || ", Operands)})";
    }
}
