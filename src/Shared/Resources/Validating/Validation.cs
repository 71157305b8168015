using System.Collections.Immutable;
using System.Text;
using Agent.Primitives;

namespace Agent.Resources;

/// <summary>What the rules may look at besides the resource itself.</summary>
public sealed record ValidationScope
{
    /// <summary>Nothing else: the rules of a single document, as <c>validate</c> has them offline.</summary>
    public static readonly ValidationScope Offline = new();

    /// <summary>What is stored under the same key; null when the resource is being created.</summary>
    public Resource? Previous { get; init; }

    /// <summary>All pools; the resource's own, if it is there, is left out.</summary>
    public IReadOnlyList<IPPool> Pools { get; init; } = [];

    /// <summary>The names of all BGPFilters; null where they are not known, and are not asked for.</summary>
    public IReadOnlySet<string>? FilterNames { get; init; }

    /// <summary>All blocks.</summary>
    public IReadOnlyList<IpPrefix> Blocks { get; init; } = [];
}

/// <summary>The verdict on a resource.</summary>
/// <param name="Errors">Why it is refused; empty when it is accepted.</param>
/// <param name="Warnings">What in it has no effect, or not the expected one.</param>
public sealed record ValidationResult(ImmutableArray<FieldError> Errors, ImmutableArray<string> Warnings)
{
    /// <summary>True when there is nothing to refuse.</summary>
    public bool IsValid => Errors.IsEmpty;

    /// <summary>The errors as Calico prints them: one in a line, several as a heading and a list.</summary>
    public override string ToString()
    {
        if (Errors.IsEmpty) return "";
        if (Errors.Length == 1) return $"error with field {Errors[0]}";
        var text = new StringBuilder("error with the following fields:\n");
        foreach (var error in Errors) text.Append("-  ").Append(error.ToString()).Append('\n');
        return text.ToString();
    }
}

/// <summary>Judges resources before they are stored, with Calico's rules and in Calico's words (spec
/// calico-ipam-cni-cli 1.1, calico-bgp 1).</summary>
public static class Validation
{
    /// <summary>Checks a resource; what it may not contain is a value, never an exception.</summary>
    public static ValidationResult Check(Resource resource, ValidationScope? scope = null)
    {
        var findings = new Findings();
        if (Kinds.Find(resource.Kind) is null)
        {
            findings.Error("kind", resource.Kind.ToString(), Kinds.Unsupported(resource.Kind.Kind));
            return findings.Result();
        }

        NameRules.Check(resource, findings);
        scope ??= ValidationScope.Offline;
        try
        {
            var kind = resource.Kind;
            if (kind == Kinds.IPPool) IPPoolRules.Check(resource, scope, findings);
            else if (kind == Kinds.BGPConfiguration)
                BgpConfigurationRules.Check(BgpConfiguration.From(resource), findings);
            else if (kind == Kinds.BGPPeer) BgpPeerRules.Check(BgpPeer.From(resource), scope, findings);
            else if (kind == Kinds.BGPFilter) BgpFilterRules.Check(BgpFilter.From(resource), findings);
            else if (kind == Kinds.Node) NodeRules.Check(CalicoNode.From(resource), findings);
            else if (kind == Kinds.IPAMConfiguration) IpamRules.Check(IpamConfiguration.From(resource), findings);
            else if (kind == Kinds.IPReservation) IpamRules.Check(IPReservation.From(resource), findings);
            else if (kind == Kinds.Secret) SecretRules.Check(resource, findings);
            else if (kind == Kinds.NetworkPolicy)
                findings.Warn($"{resource.Key}: network policies are stored, not enforced");
            else Defaults.Apply(resource);
        }
        catch (ResourceFormatException wrong)
        {
            findings.Error(wrong.Error.Field, wrong.Error.Value, wrong.Error.Reason);
        }

        return findings.Result();
    }

    /// <summary>The rules between settings that <c>ipam configure</c> enforces, and <c>apply</c> does not; null when
    /// they are kept.</summary>
    public static string? CheckIpamSettings(IpamConfiguration settings) => settings switch
    {
        { StrictAffinity: false, AutoAllocateBlocks: false } =>
            "Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time",
        { MaxBlocksPerHost: > 0, StrictAffinity: false } => "MaxBlocksPerHost requires StrictAffinity to be enabled",
        _ => null,
    };
}

/// <summary>Collects what the rules find.</summary>
internal sealed class Findings
{
    private readonly ImmutableArray<FieldError>.Builder _errors = ImmutableArray.CreateBuilder<FieldError>();
    private readonly ImmutableArray<string>.Builder _warnings = ImmutableArray.CreateBuilder<string>();

    public void Error(string field, string? value, string reason) =>
        _errors.Add(new FieldError(field, value ?? "", reason));

    public void Warn(string warning) => _warnings.Add(warning);

    /// <summary>Checks the length and the syntax of a selector; null and empty are fine.</summary>
    public Selector? Selector(string field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Length > 1024) Error(field, text, "a selector has at most 1024 characters");
        if (Resources.Selector.TryParse(text, out var selector, out var error)) return selector;
        Error(field, text, error.ToString());
        return null;
    }

    /// <summary>Checks that a text, where there is one, is among the choices.</summary>
    public void OneOf(string field, string? text, params ReadOnlySpan<string> choices)
    {
        if (string.IsNullOrEmpty(text) || choices.Contains(text)) return;
        Error(field, text, $"must be one of: {string.Join(", ", choices!)}");
    }

    public ValidationResult Result() => new(_errors.ToImmutable(), _warnings.ToImmutable());
}
