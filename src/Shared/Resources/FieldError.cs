namespace Agent.Resources;

/// <summary>One member of a resource that was refused.</summary>
/// <param name="Field">Its path in the document: <c>spec.cidr</c>.</param>
/// <param name="Value">What it holds.</param>
/// <param name="Reason">Why that was refused, in Calico's words where Calico has any.</param>
public readonly record struct FieldError(string Field, string Value, string Reason)
{
    /// <summary>As Calico writes it after "error with field": <c>spec.cidr = '10.0.0.1/24' (IPPool CIDR is not strictly
    /// masked)</c>.</summary>
    public override string ToString() =>
        Reason.Length == 0 ? $"{Field} = '{Value}'" : $"{Field} = '{Value}' ({Reason})";
}
