using System.CommandLine;
using Agent.Resources;

namespace Agent.Ctl.Commands.Resources;

/// <summary>The kinds as users type them: Calico's aliases, and those of <c>kubectl</c> for what both tools have in
/// common.</summary>
internal static class KindWord
{
    private static readonly Dictionary<string, ResourceKind> Kubernetes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["netpol"] = Kinds.NetworkPolicy,
        ["netpols"] = Kinds.NetworkPolicy,
        ["node.v1"] = Kinds.KubeNode,
        ["nodes.v1"] = Kinds.KubeNode,
    };

    /// <summary>The kind of a word.</summary>
    /// <exception cref="CommandFailedException">It means none that is supported.</exception>
    internal static KindDefinition Parse(string word) =>
        Kubernetes.TryGetValue(word, out var kind) ? Kinds.Of(kind)
        : Kinds.Find(word) ?? throw new CommandFailedException(Kinds.Unsupported(word));

    /// <summary>The key of a named resource; namespaced kinds default to the namespace <c>default</c>.</summary>
    /// <exception cref="CommandFailedException">The name is empty, or a namespace was given for a kind without
    /// one.</exception>
    internal static ResourceKey Key(KindDefinition definition, string name, string? @namespace)
    {
        if (name.Length == 0) throw new CommandFailedException("resource name may not be empty");
        RequireNamespaced(definition, @namespace);
        return new ResourceKey(definition.Kind, name, definition.IsNamespaced ? @namespace ?? "default" : null);
    }

    /// <summary>Makes an argument refuse what looks like a flag: a misspelt flag would else be taken for a
    /// name.</summary>
    internal static Argument<T> WithoutFlags<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
                result.AddError($"unknown flag: {token.Value}");
        });
        return argument;
    }

    /// <summary>Refuses a namespace for a kind without one.</summary>
    internal static void RequireNamespaced(KindDefinition definition, string? @namespace)
    {
        if (@namespace is not null && !definition.IsNamespaced)
            throw new CommandFailedException($"{definition.Kind.Kind} is not namespaced");
    }
}
